import type { Entry, Position } from '@homing/core'
import { MAX_FRAME_BYTES, MAX_PAGE_ENTRIES, utf8Length } from '@homing/core'

/** Where a reader goes on, decided from what it says it has and what the log has. Pure. */
export type ResumePlan =
  /** It has a prefix of this log: give it what is after. */
  | { readonly kind: 'continue'; readonly after: number }
  /** It has nothing: give it the end of the log, to start anew from. */
  | { readonly kind: 'tail'; readonly after: number }
  /** What it has is not of this log. */
  | { readonly kind: 'reset' }

export interface ResumeInput {
  readonly epoch: string
  readonly head: number
  /** Undefined: the reader named none. */
  readonly position: Position | undefined
  /** Entries wanted without a position. */
  readonly tail: number
}

export function planResume({ epoch, head, position, tail }: ResumeInput): ResumePlan {
  if (!position) return { kind: 'tail', after: Math.max(0, head - tail) }
  // Ahead of us, it has read entries of a log that is gone, whatever its epoch says.
  if (position.epoch !== epoch || position.seq > head) return { kind: 'reset' }
  return { kind: 'continue', after: position.seq }
}

/** What an `entries` frame holds besides its entries, bytes; rather more. */
const FRAME_OVERHEAD_BYTES = 1_024

/** A contiguous run in parts that each fit into one frame, by count and by size. */
export function cutRun(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const first = entries[0]
  if (!first) return []
  // Nearly always: one new entry. A single one fits by the limits on bodies.
  if (entries.length === 1) return [entries]
  const parts: Entry[][] = []
  let part: Entry[] = []
  let room = MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES
  for (const entry of entries) {
    const size = utf8Length(JSON.stringify(entry)) + 1
    if (part.length > 0 && (size > room || part.length === MAX_PAGE_ENTRIES)) {
      parts.push(part)
      part = []
      room = MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES
    }
    part.push(entry)
    room -= size
  }
  parts.push(part)
  return parts
}

/** The end of a run that fits into one frame: an answer to `history` joins on to what is there. */
export function endThatFits(entries: readonly Entry[]): readonly Entry[] {
  let room = MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES
  let from = entries.length
  while (from > 0) {
    room -= utf8Length(JSON.stringify(entries[from - 1])) + 1
    if (room < 0 && from < entries.length) break
    from--
  }
  return entries.slice(from)
}
