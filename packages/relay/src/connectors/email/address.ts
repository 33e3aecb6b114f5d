import { createHmac, timingSafeEqual } from 'node:crypto'
import { formatUuid } from '@homing/core'
import type { EmailSettings } from './types.ts'

/**
 * A conversation's own address and the ids of its mails. Both carry a token: the conversation and
 * a seal on it, in letters that survive whatever a helpdesk does to the case of an address. So an
 * answer finds its conversation, and nobody can make an address for one.
 */
type Sealing = Pick<EmailSettings, 'local' | 'domain' | 'key'>

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const ID_BYTES = 16
/** Enough where each guess is a mail. */
const SEAL_BYTES = 8
/** Characters. */
export const TOKEN_LENGTH = Math.ceil(((ID_BYTES + SEAL_BYTES) * 8) / 5)
/** RFC 5321 gives a local part 64, and one is the plus sign. */
export const MAX_LOCAL_LENGTH = 64 - TOKEN_LENGTH - 1

const TOKEN = new RegExp(`^[a-z2-7]{${TOKEN_LENGTH}}$`)
const KEY = /^[0-9a-f-]{36}(?:\.\d{1,3})?$/

export function tokenOf(conversation: string, settings: Sealing): string {
  const id = Buffer.from(conversation.replaceAll('-', ''), 'hex')
  return toBase32(Buffer.concat([id, sealOf(id, settings)]))
}

/** Undefined when we did not make it. */
export function conversationOfToken(token: string, settings: Sealing): string | undefined {
  if (!TOKEN.test(token)) return undefined
  const bytes = fromBase32(token)
  const id = bytes.subarray(0, ID_BYTES)
  const seal = bytes.subarray(ID_BYTES, ID_BYTES + SEAL_BYTES)
  if (!timingSafeEqual(seal, sealOf(id, settings))) return undefined
  return formatUuid(id, (id[6] ?? 0) & 0xf0)
}

export function addressOf(conversation: string, settings: Sealing): string {
  return `${settings.local}+${tokenOf(conversation, settings)}@${settings.domain}`
}

export function conversationOfAddress(address: string, settings: Sealing): string | undefined {
  const lower = address.toLowerCase()
  const head = `${settings.local}+`
  const tail = `@${settings.domain}`
  if (!lower.startsWith(head) || !lower.endsWith(tail)) return undefined
  return conversationOfToken(lower.slice(head.length, -tail.length), settings)
}

/** The same for every try of a send. */
export function messageIdOf(conversation: string, key: string, settings: Sealing): string {
  return `${tokenOf(conversation, settings)}.${key}@${settings.domain}`
}

/** What a mail of ours was about; undefined when it is not ours. */
export function ownMessage(
  messageId: string,
  settings: Sealing,
): { readonly conversation: string; readonly key: string } | undefined {
  const lower = messageId.toLowerCase()
  if (!lower.endsWith(`@${settings.domain}`)) return undefined
  const key = lower.slice(TOKEN_LENGTH + 1, -settings.domain.length - 1)
  if (lower.charAt(TOKEN_LENGTH) !== '.' || !KEY.test(key)) return undefined
  const conversation = conversationOfToken(lower.slice(0, TOKEN_LENGTH), settings)
  return conversation === undefined ? undefined : { conversation, key }
}

function sealOf(id: Uint8Array, { key, local, domain }: Sealing): Buffer {
  // The address is sealed along: two connectors with one secret do not answer for each other.
  const mac = createHmac('sha256', key).update(`homing mail ${local}@${domain}\n`).update(id)
  return mac.digest().subarray(0, SEAL_BYTES)
}

function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += ALPHABET.charAt((held >> (bits - 5)) & 31)
    held &= (1 << bits) - 1
  }
  return bits > 0 ? text + ALPHABET.charAt((held << (5 - bits)) & 31) : text
}

function fromBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const char of text) {
    held = (held << 5) | ALPHABET.indexOf(char)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
    held &= (1 << bits) - 1
  }
  return Uint8Array.from(bytes)
}
