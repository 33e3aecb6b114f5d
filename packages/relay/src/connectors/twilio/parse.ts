import type { Author, Body } from '@homing/core'
import { MAX_LABEL_LENGTH, MAX_ID_LENGTH } from '@homing/core'
import type { Fact, RawWebhook, RouteRole, Where } from '../connector.ts'
import { optWord } from '../opt-words.ts'
import { channelOf, numberOf } from './address.ts'
import { OPTED_OUT, troubleOf } from './errors.ts'
import type { TwilioSettings } from './types.ts'
import { formOf } from './verify.ts'

/** Twilio's own words for SMS: who sends one of them alone gets nothing more, whatever we think. */
const SMS_OUT: ReadonlySet<string> = new Set(['end', 'quit', 'cancel', 'revoke'])
/** Twilio sends at most ten. */
const MAX_MEDIA = 10

/** One form: a message that came in, or what became of one of ours. */
export function parse(request: RawWebhook, settings: TwilioSettings): readonly Fact[] {
  const form = formOf(request.body)
  const field = (name: string): string | undefined => form.get(name) || undefined
  const sid = field('MessageSid') ?? field('SmsSid')
  if (sid === undefined || field('AccountSid') !== settings.accountSid) return []
  const status = field('MessageStatus')
  return status === undefined
    ? messageFacts(sid, field, settings)
    : statusFacts(sid, status, field, keyIn(request.url), settings)
}

type Field = (name: string) => string | undefined

function messageFacts(sid: string, field: Field, settings: TwilioSettings): readonly Fact[] {
  const from = field('From')
  if (from === undefined || !isOurs(field('To'), settings)) return []
  const place = placeOf(from, settings)
  const media = mediaOf(field)
  const text = field('Body') ?? locationOf(field) ?? field('ButtonText') ?? ''
  if (text.trim() === '' && media.length === 0) return []

  const name = field('ProfileName')?.trim().slice(0, MAX_LABEL_LENGTH) || undefined
  const quoted = field('OriginalRepliedMessageSid')
  const body: Body = { type: 'text', text: text.trimEnd() }
  const { side, where } = place
  const facts: Fact[] = [
    {
      kind: 'message',
      event: `message:${sid}`,
      externalId: sid,
      side,
      where: 'line' in where && quoted !== undefined ? { ...where, quoted } : where,
      author: authorOf(from, side, name),
      body,
      echo: false,
      ...(side === 'reach' && name !== undefined ? { contact: { name } } : {}),
      ...(media.length > 0 ? { media } : {}),
    },
  ]
  const opt = side === 'reach' ? optOf(text, from, field) : undefined
  if (opt) facts.push({ ...place, kind: 'opt', event: `opt:${sid}`, out: opt === 'out' })
  return facts
}

const STATES: Readonly<Partial<Record<string, 'sent' | 'delivered' | 'read' | 'failed'>>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  undelivered: 'failed',
  canceled: 'failed',
}

function statusFacts(
  sid: string,
  status: string,
  field: Field,
  key: string | undefined,
  settings: TwilioSettings,
): readonly Fact[] {
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined
  const to = field('To')
  if (state === undefined || to === undefined) return []
  const place = placeOf(to, settings)
  const code = Number(field('ErrorCode') ?? 0)
  const facts: Fact[] = [
    {
      ...place,
      kind: 'receipt',
      event: `status:${sid}:${state}`,
      externalId: sid,
      state,
      ...(key === undefined ? {} : { key }),
      ...(state === 'failed' ? failureOf(code) : {}),
    },
  ]
  if (code === OPTED_OUT && place.side === 'reach') {
    facts.push({ ...place, kind: 'opt', event: `opt:${sid}`, out: true })
  }
  return facts
}

function failureOf(code: number): {
  failure: ReturnType<typeof troubleOf>['failure']
  reason: string
} {
  if (code > 0) return troubleOf(code)
  return { failure: 'bad-content', reason: 'it was not delivered, and Twilio does not say why' }
}

function placeOf(
  address: string,
  { merchant }: TwilioSettings,
): { readonly side: RouteRole; readonly where: Where } {
  return address === merchant
    ? { side: 'desk', where: { line: merchant } }
    : { side: 'reach', where: { thread: address } }
}

/** A service has many numbers; a number's webhook may be shared with others of the account. */
function isOurs(to: string | undefined, { sender }: TwilioSettings): boolean {
  return sender.kind === 'service' || (to !== undefined && numberOf(to) === sender.number)
}

function authorOf(from: string, side: RouteRole, name: string | undefined): Author {
  const id = from.slice(0, MAX_ID_LENGTH)
  return {
    role: side === 'desk' ? 'agent' : 'visitor',
    id,
    ...(name === undefined ? {} : { name }),
  }
}

function mediaOf(field: Field): readonly { readonly reference: string; readonly type?: string }[] {
  const count = Math.min(Number(field('NumMedia') ?? 0) || 0, MAX_MEDIA)
  return Array.from({ length: Math.max(0, Math.floor(count)) }, (_, index) => index).flatMap(
    (index) => {
      const reference = field(`MediaUrl${index}`)
      const type = field(`MediaContentType${index}`)
      if (reference === undefined) return []
      return [{ reference, ...(type === undefined ? {} : { type }) }]
    },
  )
}

function locationOf(field: Field): string | undefined {
  const [latitude, longitude] = [Number(field('Latitude')), Number(field('Longitude'))]
  if (Number.isNaN(latitude) || Number.isNaN(longitude)) return undefined
  const place = [field('Label'), field('Address')].filter(Boolean).join(', ')
  const map = `https://www.google.com/maps?q=${latitude},${longitude}`
  return `📍 ${place === '' ? map : `${place}\n${map}`}`
}

/** What Twilio made of the words comes first: its lists can be changed there. */
function optOf(text: string, from: string, field: Field): 'out' | 'in' | undefined {
  const told = field('OptOutType')
  if (told === 'STOP') return 'out'
  if (told === 'START') return 'in'
  const word = text.trim().toLowerCase()
  return channelOf(from) === 'sms' && SMS_OUT.has(word) ? 'out' : optWord(text)
}

function keyIn(url: string): string | undefined {
  return new URLSearchParams(url.split('?', 2)[1] ?? '').get('key') || undefined
}
