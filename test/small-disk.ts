import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of a few megabytes that a test can fill to its last byte. Needs root. */
export interface SmallDisk {
  readonly path: string
  /** Take all the space that is left. */
  fill(): void
  /** Give it back. */
  free(): void
  close(): void
}

/** Undefined: none can be mounted here; `why` is told. */
export function openSmallDisk(bytes: number, why: (reason: string) => void): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'homing-disk-'))
  const options = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'homing-test', path]
  const mount = spawnSync('mount', options, { encoding: 'utf8' })
  if (mount.status !== 0) {
    rmdirSync(path)
    why(`a small disk cannot be mounted here (needs root): ${mount.stderr?.trim()}`)
    return undefined
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(ballast, Buffer.alloc(Number(bavail) * bsize))
    },
    free: () => rmSync(ballast),
    close: () => {
      spawnSync('umount', [path])
      rmdirSync(path)
    },
  }
}
