import type { Author } from '@homing/core'
import { MAX_ID_LENGTH, MAX_LABEL_LENGTH, isText } from '@homing/core'
import type { Fact, RawWebhook, RouteRole, Where } from '../connector.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import { optWord } from '../opt-words.ts'
import { isRecord } from '../settings.ts'
import { sameAddress } from './address.ts'
import { contentOf } from './content.ts'
import { receiptOf } from './receipt.ts'
import type { Fields, WhatsAppSettings } from './types.ts'

/**
 * Meta's batches: entries of changes of messages and statuses, in any order and more than once.
 * All numbers of an app post to one address, so what is another number's is left alone.
 */
export function parse(request: RawWebhook, settings: WhatsAppSettings): readonly Fact[] {
  const batch = parseJson(request.body)
  if (!isRecord(batch) || batch['object'] !== 'whatsapp_business_account') return []
  const facts: Fact[] = []
  for (const entry of recordsOf(batch['entry'])) {
    for (const change of recordsOf(entry['changes'])) {
      const value = recordAt(change, 'value')
      const number = textOf(recordAt(value, 'metadata')?.['phone_number_id'])
      if (!value || number !== settings.phoneNumberId) continue
      if (change['field'] === 'messages') {
        for (const message of recordsOf(value['messages'])) {
          facts.push(...messageFacts(message, value, settings))
        }
        for (const status of recordsOf(value['statuses']))
          facts.push(...statusFacts(status, settings))
      }
      if (change['field'] === 'smb_message_echoes') {
        for (const message of recordsOf(value['message_echoes'])) {
          facts.push(...echoFacts(message, value, settings))
        }
      }
    }
  }
  return facts
}

/** Where the two ends of a thread are told: by number, by Meta's id of the person, or by both. */
interface Person {
  readonly number: string | undefined
  readonly id: string | undefined
}

function messageFacts(message: Fields, value: Fields, settings: WhatsAppSettings): readonly Fact[] {
  const externalId = textOf(message['id'])
  const from: Person = { number: textOf(message['from']), id: textOf(message['from_user_id']) }
  const contact = contactOf(value['contacts'], from)
  const person: Person = { number: from.number, id: from.id ?? textOf(contact?.['user_id']) }
  // In a group everybody reads what is meant for one.
  if (externalId === undefined || textOf(message['group_id']) !== undefined) return []
  if (message['type'] === 'system') return movedFacts(message, externalId, person)
  const place = placeOf(person, settings)
  const content = contentOf(message)
  if (!place || !content) return []

  const name = nameOf(contact)
  const { where, side } = place
  const quoted = textOf(recordAt(message, 'context')?.['id'])
  const base = { where, side, ...timeOf(message) }
  const author = side === 'desk' ? agent(settings, name) : visitor(person, name)
  const facts: Fact[] = renamed(person, side)
  facts.push({
    ...base,
    where: 'line' in where && quoted !== undefined ? { ...where, quoted } : where,
    kind: 'message',
    event: `message:${externalId}`,
    externalId,
    author,
    body: content.body,
    echo: false,
    ...(side === 'reach' && name !== undefined ? { contact: { name } } : {}),
    ...(content.media.length > 0 ? { media: content.media } : {}),
  })
  const opt = side === 'reach' && isText(content.body) ? optWord(content.body.text) : undefined
  if (opt) facts.push({ ...base, kind: 'opt', event: `opt:${externalId}`, out: opt === 'out' })
  return facts
}

/** The business's own phone app beside the API: a person answered there. The API's own sends do not come. */
function echoFacts(message: Fields, value: Fields, settings: WhatsAppSettings): readonly Fact[] {
  const externalId = textOf(message['id'])
  const to: Person = { number: textOf(message['to']), id: textOf(message['to_user_id']) }
  const place = placeOf(to, settings)
  const content = contentOf(message)
  if (externalId === undefined || !content || place?.side !== 'reach') return []
  const name = textOf(recordAt(value, 'metadata')?.['display_phone_number'])
  return [
    {
      ...place,
      ...timeOf(message),
      kind: 'message',
      event: `message:${externalId}`,
      externalId,
      author: {
        role: 'agent',
        id: `whatsapp:${name ?? settings.phoneNumberId}`.slice(0, MAX_ID_LENGTH),
      },
      body: content.body,
      echo: false,
      ...(content.media.length > 0 ? { media: content.media } : {}),
    },
  ]
}

function statusFacts(status: Fields, settings: WhatsAppSettings): readonly Fact[] {
  const to: Person = {
    number: textOf(status['recipient_id']),
    id: textOf(status['recipient_user_id']),
  }
  const place = placeOf(to, settings)
  const receipt = place && receiptOf(status)
  return receipt ? [{ ...place, ...timeOf(status), ...receipt }] : []
}

/** A new number, and with it a new id of the person. */
function movedFacts(message: Fields, externalId: string, person: Person): readonly Fact[] {
  const system = recordAt(message, 'system')
  const thread = textOf(system?.['user_id']) ?? textOf(system?.['wa_id'])
  if (thread === undefined || textOf(system?.['type'])?.startsWith('user_changed_') !== true)
    return []
  const old = [textOf(system?.['previous_user_id']), person.number, person.id]
  return [...new Set(old)]
    .filter((name): name is string => name !== undefined && name !== thread)
    .map((name, index) => ({
      kind: 'moved',
      event: `moved:${externalId}${index === 0 ? '' : `.${index + 1}`}`,
      side: 'reach',
      where: { thread: name },
      thread,
      ...timeOf(message),
    }))
}

/** Meta began to tell ids of persons: a thread known by its number gets the name that lasts. */
function renamed({ number, id }: Person, side: RouteRole): Fact[] {
  if (side === 'desk' || number === undefined || id === undefined) return []
  return [
    { kind: 'moved', event: `moved:${number}:${id}`, side, where: { thread: number }, thread: id },
  ]
}

function placeOf(
  person: Person,
  { merchant }: WhatsAppSettings,
): { readonly side: RouteRole; readonly where: Where } | undefined {
  const names = [person.id, person.number].filter((name) => name !== undefined)
  if (merchant !== undefined && names.some((name) => sameAddress(name, merchant))) {
    return { side: 'desk', where: { line: merchant } }
  }
  const [thread] = names
  return thread === undefined ? undefined : { side: 'reach', where: { thread } }
}

function contactOf(contacts: unknown, { number, id }: Person): Fields | undefined {
  const list = recordsOf(contacts)
  const theirs = list.find(
    (contact) =>
      (number !== undefined && contact['wa_id'] === number) ||
      (id !== undefined && contact['user_id'] === id),
  )
  return theirs ?? (list.length === 1 ? list[0] : undefined)
}

function nameOf(contact: Fields | undefined): string | undefined {
  const profile = recordAt(contact, 'profile')
  const name = textOf(profile?.['name']) ?? textOf(profile?.['username'])
  return name?.trim().slice(0, MAX_LABEL_LENGTH) || undefined
}

function agent(settings: WhatsAppSettings, name: string | undefined): Author {
  const id = `whatsapp:${settings.merchant ?? ''}`.slice(0, MAX_ID_LENGTH)
  return { role: 'agent', id, ...(name === undefined ? {} : { name }) }
}

function visitor({ number, id }: Person, name: string | undefined): Author {
  const known = (id ?? number ?? 'visitor').slice(0, MAX_ID_LENGTH)
  return { role: 'visitor', id: known, ...(name === undefined ? {} : { name }) }
}

/** Seconds, as text. */
function timeOf(fields: Fields): { readonly time?: number } {
  const { timestamp } = fields
  const stamp = typeof timestamp === 'number' ? String(timestamp) : textOf(fields['timestamp'])
  return /^\d{1,11}$/.test(stamp ?? '') ? { time: Number(stamp) * 1000 } : {}
}
