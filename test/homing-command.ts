import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { endWithUs } from './child.ts'
import type { RelayProcess } from './relay-process.ts'

const ROOT = join(import.meta.dirname, '..')

/** Run a word of `homing` on a relay's directory, as its operator would. Rejects with what it said. */
export function homing(
  relay: Pick<RelayProcess, 'data'>,
  ...args: readonly string[]
): Promise<string> {
  const child = spawn(
    join(ROOT, 'node_modules/.bin/node'),
    [join(ROOT, 'packages/relay/src/main.ts'), ...args],
    { env: { ...process.env, HOMING_DATA: relay.data }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  endWithUs(child)
  let said = ''
  const hear = (piece: Buffer): void => {
    said += piece.toString()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`homing ${args.join(' ')} ended with ${code}: ${said}`))
    })
  })
}
