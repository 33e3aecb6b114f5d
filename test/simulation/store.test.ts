import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../packages/core/test/seeded-random.ts'
import { storeContract } from '../../packages/relay/test/contracts/store-contract.ts'
import type { Program } from './world.ts'
import { createLogDisk } from './log-disk.ts'

// The store that the simulation runs on keeps to what every store keeps to; its disk then takes no
// time, for the suite has none of its own to give.
storeContract('simulated', () => {
  const disk = createLogDisk({ random: seededRandom(1) })
  const directory = mkdtempSync(join(tmpdir(), 'homing-simulated-'))
  let files = 0
  return Promise.resolve({
    open: () => disk.open(running(), () => 1_750_000_000_000),
    dispose: () => {
      disk.close()
      rmSync(directory, { recursive: true })
      return Promise.resolve()
    },
    freePath: (name: string) => join(directory, `${name}-${files++}`),
  })
})

function running(): Program {
  return {
    after: (_, callback) => {
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    clock: () => {
      throw new Error('The store has no clock.')
    },
    freeze: () => {},
    thaw: () => {},
    kill: () => {},
    state: () => 'running',
    onGone: () => {},
  }
}
