import type {
  Draft,
  KeyedStore,
  LinkState,
  PendingPost,
  SocketLike,
  SyncEngine,
  Transport,
} from '../packages/core/src/index.ts'
import {
  createKeyedLocalStore,
  createPollTransport,
  createSocketTransport,
  createSyncEngine,
  isText,
} from '../packages/core/src/index.ts'
import { SYSTEM_CLOCK } from '../packages/relay/src/clock.ts'
import { ORIGIN, SITE, newId, words } from './relay-api.ts'

/**
 * Core's own client in Node, over Node's WebSocket and fetch: what the widget is, without a page.
 * What it keeps lies in the store that is given; a second client on the same store is the page
 * after a reload.
 */
export interface NodeClient {
  readonly engine: SyncEngine
  /** Kept when it resolves; sent when it can be. */
  say(conversation: string, text: string): Promise<Draft>
  /** Resolves as soon as it holds, looked at whenever something changed. */
  until(what: string, holds: (engine: SyncEngine) => boolean): Promise<void>
  /** Words of the log as this client has them, in order. */
  texts(conversation: string): readonly string[]
  /** Link states, oldest first. */
  readonly links: readonly LinkState[]
  /** What must not happen, and did. */
  readonly faults: readonly unknown[]
  /** The page is closed: nothing is said, nothing flushed. */
  drop(): void
}

export interface NodeClientOptions {
  /** The relay's origin. */
  readonly relay: string
  readonly store: KeyedStore
  readonly transports?: readonly ('socket' | 'poll')[]
}

const PATIENCE_MS = 45_000

export async function openNodeClient(options: NodeClientOptions): Promise<NodeClient> {
  const { relay, store, transports = ['socket'] } = options
  const links: LinkState[] = []
  const faults: unknown[] = []
  const watchers = new Set<() => void>()
  let dropped = false
  const changed = (): void => {
    for (const look of watchers) look()
  }

  const engine = createSyncEngine({
    site: SITE,
    relay,
    side: 'visitor',
    client: 'node/1',
    store: createKeyedLocalStore({ store, newDevice: newId }),
    transports: transports.map((name) => TRANSPORTS[name]()),
    clock: SYSTEM_CLOCK,
    random: Math.random,
    newId,
    greeting: () => ({}),
    events: {
      changed,
      link: (state) => {
        links.push(state)
        changed()
      },
      tell: () => {},
      presence: () => {},
      settings: () => {},
      refused: (code, message) => void faults.push(`${code}: ${message}`),
      failed: (error) => void faults.push(error),
    },
  })
  await engine.start()
  engine.connect()

  return {
    engine,
    links,
    faults,
    say: (conversation, text) => engine.send(conversation, words(text)),
    until: (what, holds) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          clearTimeout(timer)
          watchers.delete(look)
          if (error) reject(error)
          else resolve()
        }
        const look = (): void => {
          if (holds(engine)) end()
          else if (dropped) end(new Error(`The client was dropped before: ${what}`))
        }
        const timer = setTimeout(
          () => end(new Error(`Not within ${PATIENCE_MS} ms: ${what}. Faults: ${String(faults)}`)),
          PATIENCE_MS,
        )
        watchers.add(look)
        look()
      }),
    texts: (conversation) =>
      (engine.conversation(conversation)?.entries ?? []).map(({ body }) =>
        isText(body) ? body.text : body.type,
      ),
    drop: () => {
      dropped = true
      engine.stop()
      changed()
    },
  }
}

const TRANSPORTS: Readonly<Record<'socket' | 'poll', () => Transport>> = {
  socket: () => createSocketTransport({ clock: SYSTEM_CLOCK, connect: connectSocket }),
  poll: () => createPollTransport({ clock: SYSTEM_CLOCK, post, newId }),
}

/** Node's WebSocket takes headers too, which the browser's type does not know of. */
const NodeSocket = WebSocket as unknown as new (
  url: string,
  init: { readonly protocols: string; readonly headers: Readonly<Record<string, string>> },
) => SocketLike

/** With the origin that a browser would name. */
function connectSocket(url: string, subprotocol: string): SocketLike {
  return new NodeSocket(url, { protocols: subprotocol, headers: { origin: ORIGIN } })
}

function post(url: string, body: string): PendingPost {
  const abort = new AbortController()
  const answer = fetch(url, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body,
    signal: abort.signal,
  }).then(async (response) => ({ status: response.status, text: await response.text() }))
  return { answer, abort: () => abort.abort() }
}
