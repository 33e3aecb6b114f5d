import type { Happening, HistoryEvent } from './event.ts'

/** Where a run's parties say what they saw, on one clock. */
export interface Recorder {
  note(who: string, happening: Happening): void
  readonly events: readonly HistoryEvent[]
}

/** `now`: milliseconds that only rise. `write`: also keep each line, e.g. in a file. */
export function createRecorder(now: () => number, write?: (line: string) => void): Recorder {
  const events: HistoryEvent[] = []
  return {
    events,
    note: (who, happening) => {
      const event: HistoryEvent = { t: now(), who, ...happening }
      events.push(event)
      write?.(`${JSON.stringify(event)}\n`)
    },
  }
}

/** Lines of one or several parties, as one history. */
export function parseHistory(...files: readonly string[]): readonly HistoryEvent[] {
  return files
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as HistoryEvent)
    .sort((a, b) => a.t - b.t)
}
