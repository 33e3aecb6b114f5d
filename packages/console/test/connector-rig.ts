import type { ConnectorLine, ConnectorType } from '../src/connector.ts'
import type { RouteLine } from '../src/conversation-routes.ts'
import type { Connectors } from '../src/state.ts'

/** Connectors as the relay tells of them. */
export const CHATWOOT: ConnectorType = {
  name: 'chatwoot',
  roles: ['desk'],
  line: false,
  webhooks: true,
  fields: [
    { name: 'url', label: 'Address', help: 'Of Chatwoot.', kind: 'url', required: true },
    { name: 'token', label: 'Token', help: 'Of an agent.', kind: 'secret', required: true },
    { name: 'webhookToken', label: 'Word', help: 'Own.', kind: 'secret', required: false },
    { name: 'agents', label: 'Agents', help: 'Names.', kind: 'texts', required: false },
    { name: 'copies', label: 'Copies', help: 'To us.', kind: 'flag', on: true, required: false },
    {
      name: 'security',
      label: 'Encryption',
      help: 'Which.',
      kind: 'choice',
      choices: ['tls', 'none'],
      required: false,
    },
  ],
}

export const WHATSAPP: ConnectorType = {
  name: 'whatsapp',
  roles: ['desk', 'reach'],
  line: true,
  webhooks: true,
  fields: [{ name: 'token', label: 'Token', help: 'Meta’s.', kind: 'secret', required: true }],
}

export const TWILIO: ConnectorType = {
  ...WHATSAPP,
  name: 'twilio',
  fields: [{ name: 'webhook', label: 'Webhook', help: 'Signed.', kind: 'url', required: true }],
}

export function lineOf(change: Partial<ConnectorLine> = {}): ConnectorLine {
  const id = change.id ?? 'chatwoot'
  return {
    id,
    type: 'chatwoot',
    from: 'console',
    roles: ['desk'],
    settings: { url: 'https://chat.test/', agents: ['Ada', 'Bo'], account: 3 },
    secrets: ['token', 'webhookToken'],
    problems: [],
    webhook: `https://relay.test/v1/hooks/${id}`,
    parked: 0,
    ...change,
  }
}

export function readyWith(...lines: readonly ConnectorLine[]): Connectors {
  return {
    state: 'ready',
    relay: 'https://relay.test',
    types: [CHATWOOT, WHATSAPP, TWILIO],
    lines,
  }
}

export function routeOf(change: Partial<RouteLine> = {}): RouteLine {
  const connector = change.connector ?? 'chatwoot'
  return {
    connector,
    hook: connector.replace('~reach', ''),
    type: 'chatwoot',
    role: 'desk',
    active: true,
    thread: null,
    window: null,
    optedOut: false,
    waiting: 0,
    failure: null,
    ...change,
  }
}
