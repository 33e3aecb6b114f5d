import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
} from 'node:fs'
import { join } from 'node:path'
import { syncPath } from '../store/sqlite/files.ts'

/** Where a backup's files lie: beside the log's copy, under its name. */
export const filesBeside = (backup: string): string => `${backup}.files`

const DESCRIPTION = '.json'

/**
 * Take kept files along, from one directory to another. A file never changes, so a second name for
 * the same bytes is as good as a copy and costs nothing; across disks they are copied. What is there
 * already stays. Returns how many came. Blocks: commands call it, and no relay.
 *
 * A file is kept before the entry that tells of it, and stays for ever. So a backup copies the log
 * first and the files after it: each that the copy tells of is among them. A restore goes the other
 * way round, files first, so that at no moment a log tells of what is not there.
 */
export function copyFiles(from: string, to: string): number {
  if (!existsSync(from)) return 0
  // Described last, so whoever has a description is whole.
  const ids = readdirSync(from)
    .filter((name) => name.endsWith(DESCRIPTION))
    .map((name) => name.slice(0, -DESCRIPTION.length))
  if (ids.length === 0) return 0
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const fresh = ids.filter((id) => {
    const isNew = !existsSync(join(to, id + DESCRIPTION))
    if (isNew) for (const name of [id, id + DESCRIPTION]) copyOne(join(from, name), join(to, name))
    return isNew
  })
  syncPath(to)
  return fresh.length
}

/** Whole or not at all. */
function copyOne(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    // Another disk, one that knows no links, or half of a copy that was cut short is in the way.
    const draft = `${to}.new`
    copyFileSync(from, draft, constants.COPYFILE_FICLONE)
    syncPath(draft)
    renameSync(draft, to)
  }
}
