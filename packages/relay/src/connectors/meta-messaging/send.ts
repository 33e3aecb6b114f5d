import { isStatus } from '@homing/core'
import type { Receipt } from '../../store/store.ts'
import { wordsOf } from '../compose-text.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { textOf } from '../json-fields.ts'
import { callGraph } from './graph.ts'
import { markerOf } from './marker.ts'
import type { Dialect, Fields, MetaMessagingSettings } from './types.ts'

/**
 * A message to a person who wrote before. Within 24 hours it is an answer. After that Meta takes,
 * for seven days, what a human agent wrote himself, from apps that were allowed to; a bot's never.
 */
export async function send(
  outbound: Outbound,
  dialect: Dialect,
  settings: MetaMessagingSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const { entry, thread } = outbound
  if (thread === undefined) {
    throw new SendError('bad-recipient', `no ${dialect.farSide} user is known`)
  }
  const text = wordsOf(entry)
  // Whether the conversation is open is the desk's business; a phone need not ring for it.
  if (text === '' || isStatus(entry.body)) return { externalIds: [] }
  const message = {
    text,
    ...(dialect.metadata ? { metadata: markerOf(outbound.key) } : {}),
  }
  const post = (kind: Fields): Promise<Fields> =>
    callGraph(
      {
        path: `${settings.account}/messages`,
        body: { recipient: { id: thread }, ...kind, message },
      },
      settings,
      dialect.farSide,
      io,
    )
  const answer = await post(dialect.messagingType ? { messaging_type: 'RESPONSE' } : {}).catch(
    (error: unknown) => {
      const tagged = settings.humanAgent && entry.author.role === 'agent'
      // Refused for sure, so that nothing is sent twice.
      if (tagged && error instanceof SendError && error.failure === 'needs-template') {
        return post({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' })
      }
      throw error
    },
  )
  const id = textOf(answer['message_id'])
  return { externalIds: id === undefined ? [] : [id] }
}
