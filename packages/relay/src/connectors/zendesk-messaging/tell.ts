import type { ConnectorIo, Place, Signal } from '../connector.ts'
import { SendError } from '../connector.ts'
import { createApi } from './api.ts'
import { pathOf } from './find.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** What a user has read; that one is typing Zendesk takes from its own widgets only. */
export async function tell(
  signal: Signal,
  { thread, visitor }: Place,
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<void> {
  if (signal.kind !== 'read') {
    throw new SendError('bad-content', "Zendesk cannot be told of a visitor's typing")
  }
  await createApi(settings, io).call('POST', `${pathOf(thread)}/activity`, {
    body: { author: { type: 'user', userExternalId: visitor }, type: 'conversation:read' },
  })
}
