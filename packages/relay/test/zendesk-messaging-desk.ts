/** Zendesk messaging, as far as the relay asks it, in memory. */
export interface MessagingDesk {
  readonly conversations: { id: string; metadata: unknown; lastUpdatedAt: string }[]
  readonly messages: {
    id: string
    thread: string
    received: string
    author?: unknown
    content?: unknown
    metadata?: unknown
  }[]
  /** Conversations that take no more, and how they say so. */
  readonly locked: Map<string, number>
  answer(
    method: string,
    path: string,
    body: Readonly<Record<string, unknown>>,
  ): { readonly status: number; readonly body: object }
}

/** Few, so that a test gets to the second page. */
const PAGE = 2
const NOTHING = { errors: [] }

export function createMessagingDesk(now: () => number): MessagingDesk {
  const conversations: MessagingDesk['conversations'] = []
  const messages: MessagingDesk['messages'] = []
  const locked = new Map<string, number>()
  const users = new Set<unknown>()
  let next = 0

  const answer: MessagingDesk['answer'] = (method, at, body) => {
    const url = new URL(at, 'http://desk')
    const path = url.pathname.split(/\/v2\/apps\/[^/]+/)[1] ?? ''
    const thread = /^\/conversations\/([^/]+)/.exec(path)?.[1]
    if (path === '/users') {
      if (users.has(body['externalId'])) return { status: 409, body: NOTHING }
      users.add(body['externalId'])
      return { status: 201, body: { user: { id: 'u1' } } }
    }
    if (thread === undefined && method === 'POST') {
      const id = `t${++next}`
      const lastUpdatedAt = new Date(now() + next).toISOString()
      conversations.push({ id, metadata: body['metadata'], lastUpdatedAt })
      return { status: 201, body: { conversation: { id } } }
    }
    if (thread === undefined) {
      if (!users.has(url.searchParams.get('filter[userExternalId]'))) {
        return { status: 404, body: NOTHING }
      }
      return { status: 200, body: { conversations, meta: { hasMore: false } } }
    }
    const found = conversations.find(({ id }) => id === thread)
    if (!found) return { status: 404, body: NOTHING }
    if (!path.endsWith('/messages')) return { status: 200, body: { conversation: found } }
    if (method === 'POST') {
      const status = locked.get(thread)
      if (status !== undefined) return { status, body: NOTHING }
      const made = { ...body, id: `m${++next}`, thread, received: new Date(now()).toISOString() }
      messages.push(made)
      return { status: 201, body: { messages: [made] } }
    }
    const before = url.searchParams.get('page[before]')
    const here = messages.filter((message) => message.thread === thread)
    const end = before === null ? here.length : here.findIndex(({ id }) => id === before)
    const start = Math.max(0, end - PAGE)
    const meta = { hasMore: start > 0, beforeCursor: here[start]?.id }
    return { status: 200, body: { messages: here.slice(start, end), meta } }
  }

  return { conversations, messages, locked, answer }
}
