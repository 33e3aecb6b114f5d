import type { ClientFrame, Position } from '../packages/core/src/index.ts'
import { helloOf } from './raw-poll.ts'
import { newId, words } from './relay-api.ts'

/**
 * Everything somebody can ask about a conversation that is not his: each frame a client can say,
 * each address of the relay. What suites try on a stranger's conversation is written down here
 * once, and tests see to it that nothing is missing.
 */
export interface About {
  readonly conversation: string
  /** The log's; strangers know it from their own welcome. */
  readonly epoch: string
  /** The stranger's own secret. */
  readonly token: string | null
  /** The stranger's own conversations, of which he has everything: nothing of them is news. */
  readonly own?: Readonly<Record<string, Position>>
}

/**
 * By type, so that the compiler misses a frame that is new. `send` is not among them: a send to
 * nobody's conversation makes it, so there the two answers must differ.
 */
export const FRAMES: Readonly<
  Record<Exclude<ClientFrame['t'], 'send'>, (about: About) => ClientFrame>
> = {
  hello: ({ conversation, epoch, token, own }) =>
    helloOf({ token, positions: { ...own, [conversation]: { epoch, seq: 1 } } }),
  read: ({ conversation }) => ({ t: 'read', conversation, seq: 1 }),
  delivered: ({ conversation }) => ({ t: 'delivered', conversation, seq: 1 }),
  typing: ({ conversation }) => ({ t: 'typing', conversation, on: true }),
  page: () => ({ t: 'page', page: { url: 'https://shop.test/elsewhere' } }),
  history: ({ conversation }) => ({ t: 'history', conversation, before: 99, limit: 50 }),
  resume: ({ conversation, epoch }) => ({
    t: 'resume',
    conversation,
    position: { epoch, seq: 0 },
  }),
  ping: () => ({ t: 'ping' }),
}

export interface Route {
  readonly method: string
  /** As the relay's router has it. */
  readonly pattern: string
  readonly path: (conversation: string) => string
  readonly body?: unknown
}

const api = (method: string, pattern: string, body?: unknown, query = ''): Route => ({
  method,
  pattern: `/api/v1${pattern}`,
  path: (conversation) => `/api/v1${pattern.replace(/:id|:key/, conversation)}${query}`,
  ...(body === undefined ? {} : { body }),
})

const plain = (method: string, pattern: string, path = pattern, body?: unknown): Route => ({
  method,
  pattern,
  path: (conversation) => path.replace('ID', conversation),
  ...(body === undefined ? {} : { body }),
})

/** Under the agents' key or session; everything else is open to anybody. */
export const AGENTS_ROUTES: readonly Route[] = [
  api('GET', '/conversations', undefined, '?site=pk_demo'),
  api('GET', '/conversations/:id'),
  api('GET', '/conversations/:id/entries', undefined, '?after=0'),
  api('POST', '/conversations/:id/entries', { id: newId(), body: words('mine now') }),
  api('POST', '/conversations/:id/read', { seq: 1 }),
  api('GET', '/conversations/:id/routes'),
  api('PATCH', '/conversations/:id', { status: 'resolved' }),
  api('PUT', '/conversations/:id/desks', { desks: null }),
  api('GET', '/connector-types'),
  api('GET', '/connectors', undefined, '?site=pk_demo'),
  api('PUT', '/connectors/:id', { type: 'webhook', settings: {} }, '?site=pk_demo'),
  api('DELETE', '/connectors/:id', undefined, '?site=pk_demo'),
  api('POST', '/connectors/:id/doctor', undefined, '?site=pk_demo'),
  api('GET', '/deliveries', undefined, '?site=pk_demo&state=parked'),
  api('POST', '/deliveries/:id/replay'),
  api('GET', '/sites'),
  api('PUT', '/sites/:key', { name: 'Mine', origins: ['https://evil.test'] }),
]

export const OPEN_ROUTES: readonly Route[] = [
  plain('GET', '/healthz'),
  plain('GET', '/readyz'),
  plain('GET', '/metrics'),
  plain('GET', '/widget/:file{pk_[A-Za-z0-9_-]+\\.js}', '/widget/pk_ID.js'),
  plain('GET', '/widget/assets/:name', '/widget/assets/ID'),
  plain('OPTIONS', '/v1/sync'),
  // Frames have a table of their own; here, a request that names it where no frame is.
  plain('POST', '/v1/sync', '/v1/sync?conversation=ID', { nonce: 'n', wait: 0, frames: ['ID'] }),
  plain('OPTIONS', '/v1/hand-over'),
  plain('POST', '/v1/hand-over', '/v1/hand-over', {
    site: 'pk_demo',
    token: 'nobody’s',
    conversation: 'ID',
    reach: 'whatsapp',
  }),
  plain('OPTIONS', '/v1/follow-up'),
  plain('POST', '/v1/follow-up', '/v1/follow-up', {
    site: 'pk_demo',
    token: 'nobody’s',
    conversation: 'ID',
    address: 'mine@example.com',
  }),
  plain('GET', '/v1/follow-up/:connector/stop/:code', '/v1/follow-up/mails/stop/ID'),
  plain('POST', '/v1/follow-up/:connector/stop/:code', '/v1/follow-up/mails/stop/ID'),
  plain('OPTIONS', '/v1/resume'),
  plain('POST', '/v1/resume', '/v1/resume', { site: 'pk_demo', token: 'nobody’s', code: 'ID' }),
  plain('POST', '/v1/hooks/:connector', '/v1/hooks/ID', {}),
  plain('GET', '/v1/hooks/:connector', '/v1/hooks/ID'),
  plain('HEAD', '/v1/hooks/:connector', '/v1/hooks/ID'),
  plain('GET', '/v1/files/:id/:name?', '/v1/files/ID/name'),
  plain('GET', '/console'),
  plain('GET', '/console/link', '/console/link?conversation=ID'),
  plain('GET', '/console/'),
  plain('GET', '/console/assets/:name', '/console/assets/ID'),
  plain('GET', '/console/me', '/console/me?conversation=ID'),
  plain('POST', '/console/sign-in', '/console/sign-in', { password: 'ID' }),
  plain('POST', '/console/link', '/console/link', { token: 'ID' }),
  plain('POST', '/console/sign-out'),
]
