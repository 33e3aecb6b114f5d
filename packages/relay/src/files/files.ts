import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RandomBytes } from '@homing/core'
import { HomingError } from '@homing/core'

/**
 * What came along with messages. Links of far sides end soon or want our credentials, so the bytes
 * are kept here, under a name that cannot be guessed, and handed out as nothing that runs.
 */
export interface Files {
  keep(file: NewFile): Promise<KeptFile>
  /** Undefined: there is none. */
  read(id: string): Promise<{ readonly file: KeptFile; readonly bytes: Uint8Array } | undefined>
}

export interface NewFile {
  readonly bytes: Uint8Array
  readonly type: string
  readonly name: string
}

export interface KeptFile {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly size: number
}

/** Its name below the relay's data directory. */
export const FILES_DIRECTORY = 'files'
/** Largest file, bytes. */
export const MAX_FILE_BYTES = 25 * 1024 * 1024
/** 128 bits: an address that nobody finds by guessing. */
const ID_BYTES = 16
const ID = /^[A-Za-z0-9_-]{22}$/
const MAX_NAME_LENGTH = 120

export interface FilesOptions {
  /** Made when the first file comes. */
  readonly directory: string
  readonly randomBytes: RandomBytes
}

export function createFiles({ directory, randomBytes }: FilesOptions): Files {
  return {
    async keep({ bytes, type, name }) {
      if (bytes.byteLength > MAX_FILE_BYTES) {
        throw new HomingError('too_large', `A file has at most ${MAX_FILE_BYTES} bytes.`)
      }
      const id = Buffer.from(randomBytes(ID_BYTES)).toString('base64url')
      const file = { id, type: typeOf(type), name: nameOf(name), size: bytes.byteLength }
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeDurably(join(directory, id), bytes)
      // Last: a file is there when its description is.
      await writeDurably(join(directory, `${id}.json`), Buffer.from(JSON.stringify(file)))
      await sync(directory)
      return file
    },
    async read(id) {
      if (!ID.test(id)) return undefined
      try {
        const file = JSON.parse(await readFile(join(directory, `${id}.json`), 'utf8')) as KeptFile
        return { file, bytes: await readFile(join(directory, id)) }
      } catch {
        return undefined
      }
    },
  }
}

/** Whole or not at all; its name is on the disk with the directory's next sync. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`
  await writeFile(draft, bytes, { mode: 0o600 })
  await sync(draft)
  await rename(draft, path)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A media type and nothing more; what is none is bytes. */
function typeOf(type: string): string {
  const plain = type.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[a-z0-9]+\/[a-z0-9.+-]{1,80}$/.test(plain) ? plain : 'application/octet-stream'
}

function nameOf(name: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not be in a header or a path
  const plain = name.replace(/[\u0000-\u001f\u007f/\\]+/g, ' ').trim()
  // Half a character cannot stand in an address.
  return plain.slice(0, MAX_NAME_LENGTH).toWellFormed() || 'file'
}
