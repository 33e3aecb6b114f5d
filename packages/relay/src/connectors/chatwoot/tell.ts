import type { ConnectorIo, Place, Signal } from '../connector.ts'
import { createApi } from './api.ts'
import type { ChatwootSettings } from './types.ts'

/** As the contact: the account's own API would show the token's user typing. */
export async function tell(
  signal: Signal,
  { conversation, thread }: Place,
  settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<void> {
  const at = `/contacts/${encodeURIComponent(conversation)}/conversations/${encodeURIComponent(thread)}`
  const options = { missing: 'thread-gone', quiet: true } as const
  const api = createApi(settings, io)
  if (signal.kind === 'read') {
    await api.inbox('POST', `${at}/update_last_seen`, options)
    return
  }
  const status = signal.on ? 'on' : 'off'
  // In both places: the description asks for both, and servers read either.
  const path = `${at}/toggle_typing?typing_status=${status}`
  await api.inbox('POST', path, { ...options, body: { typing_status: status } })
}
