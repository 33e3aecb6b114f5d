import { SYSTEM_CLOCK } from '../../packages/relay/src/clock.ts'
import { createChatwootDesk } from '../../packages/relay/test/chatwoot-desk.ts'
import type { Answer, SeenRequest } from '../../packages/relay/test/fault-server.ts'
import { startFaultServer } from '../../packages/relay/test/fault-server.ts'
import { startWhatsAppSimulator } from '../../packages/relay/test/whatsapp-simulator.ts'
import type { WhatsAppSimulator } from '../../packages/relay/test/whatsapp-simulator.ts'
import type { RelayProcess } from '../relay-process.ts'
import { until } from '../until.ts'
import { SITE } from './stage.ts'

/** Far sides on the loopback, to be set up as the console does it: one works, one refuses us. */
export interface FarSides {
  /** What the relay needs to reach them. */
  readonly env: Readonly<Record<string, string>>
  readonly meta: WhatsAppSimulator
  /** A desk that works. */
  setUpChatwoot(relay: RelayProcess): Promise<void>
  /** The merchant's phone as the desk, and visitors on theirs. */
  setUpWhatsApp(relay: RelayProcess): Promise<void>
  /** A desk whose token is refused: it is held with the first message. */
  setUpSlack(relay: RelayProcess): Promise<void>
  /** Until that one has refused something. */
  untilHeld(relay: RelayProcess): Promise<void>
  close(): void
}

const INBOX = 'kQ4yVbWm3nTz'

export async function openFarSides(): Promise<FarSides> {
  const meta = await startWhatsAppSimulator({ clock: SYSTEM_CLOCK })
  const chatwoot = await startFaultServer()
  const slack = await startFaultServer()
  const desk = createChatwootDesk(() => Date.now())
  chatwoot.answer((request) => answerOf(desk, request))
  slack.answer({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ok: false, error: 'invalid_auth' }),
  })

  const put = async (relay: RelayProcess, id: string, body: object): Promise<void> => {
    const answer = await fetch(`${relay.origin}/api/v1/connectors/${id}?site=${SITE}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${relay.apiKey}` },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`)
  }

  return {
    env: { HOMING_ALLOW_PRIVATE: '127.0.0.1' },
    meta,
    setUpChatwoot: (relay) =>
      put(relay, 'chatwoot', {
        type: 'chatwoot',
        settings: {
          url: chatwoot.url,
          account: '1',
          inbox: '5',
          inboxIdentifier: INBOX,
          token: 'an-access-token',
          webhookSecrets: ['a-secret-of-the-inbox'],
        },
      }),
    async setUpWhatsApp(relay) {
      meta.approve('new_message', 'en_US', 'News from {{1}}')
      await put(relay, 'whatsapp', {
        type: 'whatsapp',
        role: 'both',
        settings: {
          ...meta.settings,
          merchant: '+49 170 1234567',
          templateName: 'new_message',
          templateLanguage: 'en_US',
          templateValues: ['{site}'],
        },
      })
      await meta.register(`${relay.origin}/v1/hooks/whatsapp`)
    },
    setUpSlack: (relay) =>
      put(relay, 'slack', {
        type: 'slack',
        settings: {
          url: slack.url,
          token: 'xoxb-0123456789-abcdefghijkl',
          signingSecret: '0123456789abcdef0123456789abcdef',
          channel: 'C0123456789',
        },
      }),
    untilHeld: (relay) =>
      until('Slack is held', async () => {
        const answer = await fetch(`${relay.origin}/api/v1/connectors?site=${SITE}`, {
          headers: { authorization: `Bearer ${relay.apiKey}` },
        })
        return (await answer.text()).includes('"hold"')
      }),
    close() {
      meta.close()
      chatwoot.close()
      slack.close()
    },
  }
}

/** Chatwoot, with what its doctor looks at. */
function answerOf(
  desk: ReturnType<typeof createChatwootDesk>,
  { method, path, body }: SeenRequest,
): Answer {
  const fields = JSON.parse(body || '{}') as Record<string, unknown>
  const found = path.endsWith('/inboxes/5')
    ? { name: 'Shop', channel_type: 'Channel::Api' }
    : path.endsWith(`/inboxes/${INBOX}`)
      ? { identifier: INBOX }
      : desk.answer(method, path, fields)
  return {
    status: found === undefined ? 404 : 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(found ?? {}),
  }
}
