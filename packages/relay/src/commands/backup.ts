import { systemRandomBytes } from '../clock.ts'
import { parseConfig } from '../config.ts'
import { restoreBackup } from '../store/restore.ts'
import { backUp } from '../store/sqlite-store.ts'
import type { Command } from './command.ts'
import { UsageError } from './command.ts'

/** Copies the log next to a running relay: it takes no lock and only reads. */
export const runBackup: Command = async ({ args, environment, print }) => {
  const [to] = args
  if (to === undefined) throw new UsageError('Say where to: homing backup FILE')
  const { data } = parseConfig(environment)
  await backUp({ directory: data, to })
  print(
    `The log was copied to ${to}. It holds people's words: keep it where the log would be safe.`,
  )
  return 0
}

export const runRestore: Command = ({ args, environment, print }) => {
  const [from] = args
  if (from === undefined) throw new UsageError('Say which backup: homing restore FILE')
  const { data } = parseConfig(environment)
  const { aside } = restoreBackup({ from, directory: data, randomBytes: systemRandomBytes })
  print(`${from} is the log now. Readers will start anew; drafts that were not acked come again.`)
  if (aside !== undefined) print(`What was there before is kept in ${aside}.`)
  return Promise.resolve(0)
}
