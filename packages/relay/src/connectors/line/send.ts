import { isText } from '@homing/core'
import type { Receipt } from '../../store/store.ts'
import type { PhoneDesk } from '../addressee.ts'
import { addresseeOf, merchantOf } from '../addressee.ts'
import { wordsOf } from '../compose-text.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { parseJson } from '../json.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { callLine } from './rest.ts'
import { retryKeyOf } from './retry-key.ts'
import type { LineSettings } from './types.ts'

/** UTF-16 code units of one text message. */
export const MAX_TEXT = 5_000
/** LINE took this retry key before, and tells again what it made of it. */
const TAKEN_BEFORE = 409

/**
 * A push. A reply would be free of charge, but wants the token of a webhook that is a minute old
 * at most, used once: what is sent from a queue that survives restarts cannot count on one.
 */
export async function send(
  outbound: Outbound,
  settings: LineSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const to = addresseeOf(outbound, deskOf(settings))
  const text = wordsFor(outbound)
  if (text === '') return { externalIds: [] }
  return push(to, text, settings, io, retryKeyOf(outbound.key))
}

export async function notice(
  text: string,
  settings: LineSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  return push(merchantOf(deskOf(settings)), text.slice(0, MAX_TEXT), settings, io)
}

async function push(
  to: string,
  text: string,
  settings: LineSettings,
  io: ConnectorIo,
  retryKey?: string,
): Promise<Receipt> {
  const { bytes } = await callLine(
    {
      path: '/v2/bot/message/push',
      body: { to, messages: [{ type: 'text', text }] },
      ...(retryKey === undefined
        ? {}
        : {
            headers: { 'x-line-retry-key': retryKey },
            accept: (status) => status === TAKEN_BEFORE,
          }),
    },
    settings,
    io,
  )
  const sent = recordsOf(recordAt(parseJson(bytes))?.['sentMessages'])
  return { externalIds: sent.flatMap(({ id }) => textOf(id) ?? []) }
}

const deskOf = ({ merchant }: LineSettings): PhoneDesk => ({
  merchant,
  setting: 'merchantUserId',
  farSide: 'LINE',
})

/** A text comes with its tag; of anything else on the line it is said here which one it is about. */
function wordsFor({ role, entry, tag }: Outbound): string {
  const words = wordsOf(entry)
  if (isText(entry.body) || words === '') return words.slice(0, MAX_TEXT)
  // Whether the conversation is open is the desk's business; a person's phone need not ring for it.
  if (entry.body.type === 'status' && role === 'reach') return ''
  return (role === 'desk' ? `#${tag}\n${words}` : words).slice(0, MAX_TEXT)
}
