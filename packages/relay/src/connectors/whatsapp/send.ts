import type { Receipt } from '../../store/store.ts'
import type { PhoneDesk } from '../addressee.ts'
import { addresseeOf, merchantOf } from '../addressee.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { clip, personalText, templateValue } from '../personal-text.ts'
import { isRecord } from '../settings.ts'
import { recipientOf } from './address.ts'
import { callGraph } from './graph.ts'
import { KEY_MARK, WAKE_MARK } from './marks.ts'
import type { WhatsAppSettings } from './types.ts'

/** Longest text of one message, UTF-16 units. */
export const MAX_BODY = 4_096

/**
 * One text message. There is no idempotency: what is lost on the way back is settled by the status
 * webhook, which brings the key.
 */
export async function send(
  outbound: Outbound,
  settings: WhatsAppSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const body = personalText(outbound, MAX_BODY)
  if (body === '') return { externalIds: [] }
  return post(addresseeOf(outbound, deskOf(settings)), settings, io, {
    ...textMessage(body),
    biz_opaque_callback_data: KEY_MARK + outbound.key,
  })
}

/**
 * The approved template. Its statuses must not settle the entry that waits for the window, so they
 * bring another mark.
 */
export async function wake(
  outbound: Outbound,
  settings: WhatsAppSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const { template } = settings
  if (!template) {
    throw new SendError(
      'needs-template',
      'the window is closed, and the settings have no templateName',
    )
  }
  const parameters = template.values.map((value) => ({
    type: 'text',
    text: templateValue(value, outbound),
  }))
  return post(addresseeOf(outbound, deskOf(settings)), settings, io, {
    type: 'template',
    template: {
      name: template.name,
      language: { code: template.language, policy: 'deterministic' },
      ...(parameters.length > 0 ? { components: [{ type: 'body', parameters }] } : {}),
    },
    biz_opaque_callback_data: WAKE_MARK + outbound.key,
  })
}

/** A word of the relay's own to the merchant. */
export async function notice(
  text: string,
  settings: WhatsAppSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  return post(merchantOf(deskOf(settings)), settings, io, textMessage(clip(text, MAX_BODY)))
}

function textMessage(body: string): Readonly<Record<string, unknown>> {
  return { type: 'text', text: { body, preview_url: false } }
}

async function post(
  address: string,
  settings: WhatsAppSettings,
  io: ConnectorIo,
  message: Readonly<Record<string, unknown>>,
): Promise<Receipt> {
  const answer = await callGraph(settings, io, `${settings.phoneNumberId}/messages`, {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...recipientOf(address),
    ...message,
  })
  const messages = isRecord(answer) ? answer['messages'] : undefined
  const first: unknown = Array.isArray(messages) ? messages[0] : undefined
  const id = isRecord(first) ? first['id'] : undefined
  if (typeof id !== 'string') {
    throw new SendError('unknown', 'WhatsApp took the message and did not say its id')
  }
  return { externalIds: [id] }
}

const deskOf = ({ merchant }: WhatsAppSettings): PhoneDesk => ({
  merchant,
  setting: 'merchant',
  farSide: 'WhatsApp',
})
