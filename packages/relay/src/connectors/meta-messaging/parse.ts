import type { Author } from '@homing/core'
import { MAX_ID_LENGTH } from '@homing/core'
import { splitCode } from '../../conversation/hand-over.ts'
import type { Fact, RawWebhook } from '../connector.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import type { Content } from './content.ts'
import { contentOf, editOf } from './content.ts'
import { keyIn } from './marker.ts'
import type { Dialect, Fields, MetaMessagingSettings } from './types.ts'

/**
 * One app has one webhook for all its accounts, so what happened to another one is left out. So is
 * `standby`: what is said to a person by another app that has the word.
 */
export function parse(
  request: RawWebhook,
  dialect: Dialect,
  settings: MetaMessagingSettings,
): readonly Fact[] {
  const webhook = recordAt(parseJson(request.body))
  if (webhook?.['object'] !== dialect.object) return []
  return recordsOf(webhook['entry'])
    .filter(({ id }) => String(id) === settings.account)
    .flatMap((entry) => recordsOf(entry['messaging']))
    .flatMap((event) => factsOf(event, dialect, settings))
}

function factsOf(
  event: Fields,
  dialect: Dialect,
  settings: MetaMessagingSettings,
): readonly Fact[] {
  const message = recordAt(event, 'message')
  const echo = message?.['is_echo'] === true
  const thread = personOf(event, echo)
  if (thread === undefined || thread === settings.account) return []
  const { timestamp } = event
  const place: Place = {
    side: 'reach',
    where: { thread },
    ...(typeof timestamp === 'number' ? { time: timestamp } : {}),
  }
  const visitor: Author = { role: 'visitor', id: thread }

  if (message) {
    return echo
      ? echoOf(message, place, dialect, settings)
      : said(message['mid'], visitor, place, contentOf(message, dialect.farSide), message)
  }
  const edit = recordAt(event, 'message_edit')
  if (edit) {
    const id = textOf(edit['mid']) && `${String(edit['mid'])}:edit:${String(edit['num_edit'])}`
    return said(id, visitor, place, editOf(edit))
  }
  const pressed = recordAt(event, 'postback')
  if (pressed) return said(pressed['mid'] ?? passing(event), visitor, place, pressOf(pressed))
  const referral = recordAt(event, 'referral')
  if (referral) return said(passing(event), visitor, place, codeOf(referral))
  return receiptsOf(event, place)
}

type Place = Pick<Fact, 'time'> & {
  readonly side: 'reach'
  readonly where: { readonly thread: string }
}

/** The sender, but of an echo the one it was sent to. */
function personOf(event: Fields, echo: boolean): string | undefined {
  const id = textOf(recordAt(event, echo ? 'recipient' : 'sender')?.['id'])
  return id !== undefined && id.length <= MAX_ID_LENGTH ? id : undefined
}

/** Of what has no id of its own. */
function passing(event: Fields): string | undefined {
  const { timestamp } = event
  const sender = textOf(recordAt(event, 'sender')?.['id'])
  return typeof timestamp === 'number' && sender ? `${sender}:${timestamp}` : undefined
}

function said(
  mid: unknown,
  author: Author,
  place: Place,
  content: Content | undefined,
  message: Fields = {},
): readonly Fact[] {
  const id = textOf(mid)
  if (id === undefined || !content) return []
  // It has the id of the message that was taken back.
  const externalId = message['is_deleted'] === true ? `${id}:deleted` : id
  return [
    { ...place, kind: 'message', event: externalId, externalId, author, echo: false, ...content },
  ]
}

/**
 * What left the account. Ours tells that it arrived, also where the answer to the send was lost;
 * anything else was typed by a person, in Meta's own inbox or on the phone.
 */
function echoOf(
  message: Fields,
  place: Place,
  dialect: Dialect,
  settings: MetaMessagingSettings,
): readonly Fact[] {
  const externalId = textOf(message['mid'])
  if (externalId === undefined || message['is_deleted'] === true) return []
  const key = keyIn(textOf(message['metadata']))
  if (key !== undefined) {
    return [
      { ...place, kind: 'receipt', event: `${externalId}:echo`, externalId, key, state: 'sent' },
    ]
  }
  const agent: Author = { role: 'agent', id: settings.account }
  const facts = said(externalId, agent, place, contentOf(message, dialect.farSide))
  const ours = settings.appId !== undefined && String(message['app_id']) === settings.appId
  return ours ? facts.map((fact) => ({ ...fact, echo: true })) : facts
}

/** A button, e.g. "Get Started", which also brings what stood in the link that led there. */
function pressOf(pressed: Fields): Content | undefined {
  const title = textOf(pressed['title'])
  const words = title === undefined ? undefined : ({ type: 'text', text: title } as const)
  return codeOf(recordAt(pressed, 'referral')) ?? (words && { body: words })
}

/** A one-time code in the link that led here is as good as one in words; other notes are not ours. */
function codeOf(referral: Fields | undefined): Content | undefined {
  const { code } = splitCode(textOf(referral?.['ref']) ?? '')
  return code === undefined ? undefined : { body: { type: 'text', text: code } }
}

/**
 * Messenger names what was delivered, and Instagram what was read. Messenger's read mark is a time
 * alone, and a conversation's other words may be on their way by then: it is left out, so that
 * nothing counts as read that has not arrived.
 */
function receiptsOf(event: Fields, place: Place): readonly Fact[] {
  const mids: unknown = recordAt(event, 'delivery')?.['mids']
  const delivered = Array.isArray(mids) ? (mids as readonly unknown[]) : []
  const read = textOf(recordAt(event, 'read')?.['mid'])
  return [
    ...delivered.flatMap((mid) => receiptOf(textOf(mid), 'delivered', place)),
    ...receiptOf(read, 'read', place),
  ]
}

function receiptOf(
  externalId: string | undefined,
  state: 'delivered' | 'read',
  place: Place,
): readonly Fact[] {
  if (externalId === undefined) return []
  return [{ ...place, kind: 'receipt', event: `${externalId}:${state}`, externalId, state }]
}
