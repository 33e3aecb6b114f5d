import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { HomingError } from '@homing/core'
import { toFailure } from './sqlite/batch.ts'
import type { Failure } from './sqlite/batch.ts'
import { copyDatabase } from './sqlite/copy.ts'
import { syncPath } from './sqlite/files.ts'

/** A backup's own thread, so that neither the sockets nor the log wait for it. */
export interface BackupSettings {
  readonly from: string
  readonly to: string
}

export type BackupDone = { readonly failure?: Failure }

function backUp({ from, to }: BackupSettings): BackupDone {
  const partial = `${to}.partial`
  try {
    reserve(to)
  } catch (error) {
    return { failure: toFailure(error) }
  }
  try {
    rmSync(partial, { force: true })
    copyDatabase(from, partial)
    renameSync(partial, to)
    syncPath(dirname(to))
    return {}
  } catch (error) {
    rmSync(partial, { force: true })
    rmSync(to, { force: true })
    return { failure: toFailure(error) }
  }
}

/** An empty file under the name, so that nobody else's comes there meanwhile. */
function reserve(to: string): void {
  try {
    closeSync(openSync(to, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new HomingError('bad_request', `${to} is there already. A backup overwrites nothing.`)
  }
}

parentPort?.postMessage(backUp(workerData as BackupSettings))
