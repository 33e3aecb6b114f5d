import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Force a file's bytes, or a directory's names, to the disk. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
