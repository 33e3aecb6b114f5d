import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { endWithUs, stopChild } from './child.ts'
import type { FloodPlan, FloodReport } from './flood-process.ts'
import { until } from './until.ts'

export interface Flood {
  report(): FloodReport
  stop(): Promise<void>
}

const ROOT = join(import.meta.dirname, '..')

/** Begin a flood, and wait until it has got as far as it gets. */
export async function startFlood(plan: FloodPlan): Promise<Flood> {
  const child = spawn(
    join(ROOT, 'node_modules/.bin/node'),
    [join(ROOT, 'test/flood-process.ts'), JSON.stringify(plan)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  endWithUs(child)
  let last: FloodReport = { open: 0, refused: 0 }
  child.stdout?.on('data', (piece: Buffer) => {
    const line = piece.toString().trim().split('\n').at(-1)
    if (line) last = JSON.parse(line) as FloodReport
  })
  await until('every socket was tried', () => last.open + last.refused >= plan.sockets)
  return { report: () => last, stop: () => stopChild(child, 'SIGKILL') }
}
