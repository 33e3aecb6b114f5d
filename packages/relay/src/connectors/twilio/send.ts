import type { Receipt } from '../../store/store.ts'
import type { PhoneDesk } from '../addressee.ts'
import { addresseeOf, merchantOf } from '../addressee.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { recordAt, textOf } from '../json-fields.ts'
import { clip, personalText, templateValue } from '../personal-text.ts'
import { addressOn, channelOf } from './address.ts'
import { callTwilio } from './rest.ts'
import type { TwilioSettings } from './types.ts'

/** Longest text of one message, UTF-16 units. */
export const MAX_BODY = 1_600

/**
 * One message. Twilio knows no idempotency and gives nothing of ours back but the address of the
 * status callback: so the key is in there, and settles what was lost on the way back.
 */
export async function send(
  outbound: Outbound,
  settings: TwilioSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const body = personalText(outbound, MAX_BODY)
  if (body === '') return { externalIds: [] }
  const key = new URLSearchParams({ key: outbound.key })
  return post(addresseeOf(outbound, deskOf(settings)), settings, io, {
    Body: body,
    StatusCallback: `${settings.webhook}?${key.toString()}`,
  })
}

/** The approved content. Its statuses must not settle the entry that waits, so they bring no key. */
export async function wake(
  outbound: Outbound,
  settings: TwilioSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const { template } = settings
  if (!template) {
    throw new SendError(
      'needs-template',
      'the window is closed, and the settings have no contentSid',
    )
  }
  const values = template.values.map((value, index) => [
    String(index + 1),
    templateValue(value, outbound),
  ])
  return post(addresseeOf(outbound, deskOf(settings)), settings, io, {
    ContentSid: template.sid,
    ...(values.length > 0 ? { ContentVariables: JSON.stringify(Object.fromEntries(values)) } : {}),
    StatusCallback: settings.webhook,
  })
}

/** A word of the relay's own to the merchant. */
export async function notice(
  text: string,
  settings: TwilioSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  return post(merchantOf(deskOf(settings)), settings, io, { Body: clip(text, MAX_BODY) })
}

async function post(
  to: string,
  settings: TwilioSettings,
  io: ConnectorIo,
  fields: Readonly<Record<string, string>>,
): Promise<Receipt> {
  const { sender } = settings
  const from =
    sender.kind === 'service'
      ? { MessagingServiceSid: sender.sid }
      : { From: addressOn(channelOf(to), sender.number) }
  const form = new URLSearchParams({ To: to, ...from, ...fields })
  const answer = recordAt(await callTwilio(settings, io, 'Messages.json', form))
  const sid = textOf(answer?.['sid'])
  if (sid === undefined) {
    throw new SendError('unknown', 'Twilio took the message and did not say its SID')
  }
  return { externalIds: [sid] }
}

const deskOf = ({ merchant }: TwilioSettings): PhoneDesk => ({
  merchant,
  setting: 'merchant',
  farSide: 'Twilio',
})
