import type { DatabaseSync } from 'node:sqlite'
import type { StoreFigures } from '../store.ts'
import { prepare } from './database.ts'

export function prepareCare(db: DatabaseSync) {
  const selectTallies = prepare<{ name: string; n: number }>(db, 'SELECT name, n FROM tallies')
  const selectMeta = prepare<{ value: string | Uint8Array }>(
    db,
    'SELECT value FROM meta WHERE name = ?',
  )
  const beat = prepare(db, "UPDATE meta SET value = value + 1 WHERE name = 'beat'")

  return {
    identity: () => {
      const epoch = selectMeta.get('epoch')?.value
      const secret = selectMeta.get('secret')?.value
      if (typeof epoch !== 'string' || !(secret instanceof Uint8Array)) {
        throw new Error('The log has no epoch or no secret.')
      }
      return { epoch, secret }
    },
    figures: (): StoreFigures => {
      const tallies = new Map(selectTallies.all().map(({ name, n }) => [name, n]))
      const tally = (name: string): number => tallies.get(name) ?? 0
      return {
        conversations: tally('conversations'),
        entries: tally('entries'),
        deliveries: {
          due: tally('due'),
          claimed: tally('claimed'),
          unknown: tally('unknown'),
          done: tally('done'),
          parked: tally('parked'),
        },
      }
    },
    /** A real write: only that finds a disk that is full or gone. */
    check: () => {
      beat.run()
    },
  }
}
