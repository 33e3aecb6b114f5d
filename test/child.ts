import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const GRACE_MS = 5_000

/** `group`: the child was started detached and has children of its own, which end with it. */
export type Reach = 'child' | 'group'

/** End a child by its id and wait until it is gone; with SIGKILL when it takes too long. May be called twice. */
export async function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
  reach: Reach = 'child',
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    send(child, signal, reach)
    const timer = setTimeout(() => send(child, 'SIGKILL', reach), GRACE_MS)
    await gone
    clearTimeout(timer)
  }
  // Whoever of the group outlived its leader.
  if (reach === 'group') send(child, 'SIGKILL', reach)
}

/** End the child when this process ends first, so that a stopped test run leaves nothing behind. */
export function endWithUs(child: ChildProcess, reach: Reach = 'child'): void {
  watchOurEnd()
  const end = (): void => send(child, 'SIGKILL', reach)
  ours.add(end)
  child.once('exit', () => ours.delete(end))
}

/** What is left to end. */
const ours = new Set<() => void>()
let watched = false

function watchOurEnd(): void {
  if (watched) return
  watched = true
  const endAll = (): void => ours.forEach((end) => end())
  process.once('exit', endAll)
  // Left to itself, a signal ends a process without its exit event.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1))
  }
}

function send(child: ChildProcess, signal: NodeJS.Signals, reach: Reach): void {
  if (child.pid === undefined) return
  try {
    process.kill(reach === 'group' ? -child.pid : child.pid, signal)
  } catch {
    // It has ended already.
  }
}
