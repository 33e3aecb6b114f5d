import { createCipheriv, createDecipheriv } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RandomBytes } from '@homing/core'
import { HomingError } from '@homing/core'

/**
 * Keeps connectors' settings so that a copy of the log alone does not open the far sides: the key
 * is in a file beside the log, or in the environment, and never in it.
 *
 *   sealed = version (1 byte) ‖ nonce (12) ‖ tag (16) ‖ AES-256-GCM of the JSON, bound to `owner`
 */
export interface Seal {
  /** `owner`: whose settings they are; those of another one do not open. */
  close(value: unknown, owner: string): Uint8Array
  /** Throws a HomingError when the key is another one, or the bytes were changed. */
  open(sealed: Uint8Array, owner: string): unknown
}

export const KEY_BYTES = 32
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES

export function createSeal(key: Uint8Array, randomBytes: RandomBytes): Seal {
  return {
    close(value, owner) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from(owner))
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      const tag = cipher.getAuthTag()
      return Uint8Array.from(Buffer.concat([Uint8Array.of(VERSION), nonce, tag, text]))
    },
    open(sealed, owner) {
      if (sealed[0] !== VERSION || sealed.byteLength < HEAD_BYTES) throw CANNOT_OPEN(owner)
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(owner))
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES))
      try {
        const parts = [decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]
        return JSON.parse(Buffer.concat(parts).toString('utf8'))
      } catch {
        throw CANNOT_OPEN(owner)
      }
    },
  }
}

/** The key of a directory, made for its owner only at the first use. */
export async function readSealKey(path: string, randomBytes: RandomBytes): Promise<Uint8Array> {
  const known = await readFile(path).catch(() => undefined)
  if (known?.byteLength === KEY_BYTES) return Uint8Array.from(known)
  if (known)
    throw new HomingError('unavailable', `${path} is no key: ${KEY_BYTES} bytes are needed.`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const key = randomBytes(KEY_BYTES)
  // Fails when another process was quicker: two keys would make half of the settings unreadable.
  const file = await open(path, 'wx', 0o600)
  await file.writeFile(key)
  await file.sync()
  await file.close()
  return key
}

const CANNOT_OPEN = (owner: string): HomingError =>
  new HomingError(
    'unavailable',
    `The settings of ${owner} cannot be opened: put the seal.key back that belongs to this log, or enter them again.`,
  )
