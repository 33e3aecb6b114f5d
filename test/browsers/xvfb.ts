import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { endWithUs, stopChild } from '../child.ts'

export interface Display {
  /** For the environment variable DISPLAY, e.g. ":99". */
  readonly name: string
  close(): Promise<void>
}

/** A screen nobody looks at, on a number that Xvfb chooses itself. */
export async function openDisplay(executable: string): Promise<Display> {
  const child = spawn(
    executable,
    ['-displayfd', '3', '-screen', '0', '1600x1400x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  endWithUs(child)
  const number = child.stdio[3]
  if (!number) throw new Error('Xvfb has no pipe to say its display number')
  const [said] = (await Promise.race([
    once(number, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`${executable} ended before it opened a display`)
    }),
  ])) as [Buffer]
  return { name: `:${said.toString().trim()}`, close: () => stopChild(child, 'SIGTERM') }
}
