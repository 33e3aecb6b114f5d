import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HomingError } from '@homing/core'
import type { Stop } from '@homing/core'
import { syncPath } from './files.ts'

const MARKER_FILE = 'restore-unfinished'

/**
 * Stands in the directory while a restore moves files. Without it, a relay that starts after a
 * crash in between would find no log and begin an empty one.
 */
export function markRestore(directory: string): Stop {
  const path = join(directory, MARKER_FILE)
  writeFileSync(path, '')
  syncPath(directory)
  return () => {
    rmSync(path, { force: true })
    syncPath(directory)
  }
}

export function assertRestored(directory: string): void {
  if (!existsSync(join(directory, MARKER_FILE))) return
  throw new HomingError(
    'unavailable',
    `A restore into ${directory} was cut short. Run it again before the relay is started.`,
  )
}
