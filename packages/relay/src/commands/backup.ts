import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HomingError } from '@homing/core'
import { systemRandomBytes } from '../clock.ts'
import { parseConfig } from '../config.ts'
import { copyFiles, filesBeside } from '../files/copy.ts'
import { FILES_DIRECTORY } from '../files/files.ts'
import { restoreBackup } from '../store/restore.ts'
import { backUp } from '../store/sqlite-store.ts'
import type { Command } from './command.ts'
import { UsageError } from './command.ts'

/** Copies log and files next to a running relay: it takes no lock and only reads. */
export const runBackup: Command = async ({ args, environment, print }) => {
  const [to] = args
  if (to === undefined) throw new UsageError('Say where to: homing backup FILE')
  const { data } = parseConfig(environment)
  const beside = filesBeside(to)
  if (existsSync(beside)) {
    throw new HomingError('bad_request', `${beside} is there already. A backup overwrites nothing.`)
  }
  await backUp({ directory: data, to })
  const files = copyFiles(join(data, FILES_DIRECTORY), beside)
  const where = files === 0 ? to : `${to}, and ${count(files)} to ${beside}`
  print(
    `The log was copied to ${where}. It holds people's words: keep it where the log would be safe.`,
  )
  return 0
}

export const runRestore: Command = ({ args, environment, print }) => {
  const [from] = args
  if (from === undefined) throw new UsageError('Say which backup: homing restore FILE')
  const { data } = parseConfig(environment)
  const { aside, files } = restoreBackup({ from, directory: data, randomBytes: systemRandomBytes })
  print(`${from} is the log now. Readers will start anew; drafts that were not acked come again.`)
  if (files > 0) print(`With it came ${count(files)}.`)
  if (aside !== undefined) print(`What was there before is kept in ${aside}.`)
  return Promise.resolve(0)
}

const count = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'} of messages`
