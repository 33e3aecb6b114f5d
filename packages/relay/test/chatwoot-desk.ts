/** Chatwoot, as far as the relay asks it: one inbox and one contact, in memory. */
export interface ChatwootDesk {
  readonly conversations: (Record<string, unknown> & { id: number })[]
  readonly messages: (Record<string, unknown> & { id: number; conversation: number })[]
  /** Its JSON; undefined when there is no such thing. */
  answer(method: string, path: string, body: Readonly<Record<string, unknown>>): unknown
  /** An agent writes: the message, as a webhook tells it. */
  write(thread: string, content: string): Readonly<Record<string, unknown>>
}

export function createChatwootDesk(now: () => number): ChatwootDesk {
  const conversations: ChatwootDesk['conversations'] = []
  const messages: ChatwootDesk['messages'] = []
  const contacts = new Map<string, unknown>()
  let next = 100

  const answer = (
    method: string,
    path: string,
    body: Readonly<Record<string, unknown>>,
  ): unknown => {
    const [, thread] = /\/conversations\/(\d+)/.exec(path) ?? []
    if (path.endsWith('/contacts')) {
      const contact = { id: 31, ...body }
      contacts.set(String(body['source_id']), contact)
      return contact
    }
    if (path.includes('/public/') && path.includes('/contacts/')) {
      return contacts.get(path.split('/').at(-1) ?? '')
    }
    if (thread === undefined && method === 'POST') {
      const made = { ...body, id: ++next, unread_count: 0 }
      conversations.push(made)
      return { id: made.id }
    }
    if (path.includes('/contacts/31/conversations')) return { payload: conversations }
    if (thread === undefined) {
      // The last one moves on to the second page while we read.
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1])
      const payload = page === 1 ? conversations : page === 2 ? conversations.slice(-1) : []
      return { data: { payload } }
    }
    if (path.endsWith('/toggle_status')) return { payload: { success: true } }
    if (method === 'PATCH') return { id: 1 }
    if (!conversations.some(({ id }) => String(id) === thread)) return undefined
    const here = messages.filter(({ conversation }) => String(conversation) === thread)
    if (method === 'POST') {
      const made = { ...body, id: ++next, conversation: Number(thread), created_at: now() / 1000 }
      keep(made)
      return made
    }
    const after = Number(/after=(\d+)/.exec(path)?.[1] ?? 0)
    const before = Number(/before=(\d+)/.exec(path)?.[1] ?? Infinity)
    const payload = here.filter(({ id }) => id > after && id < before)
    return { payload: after > 0 ? payload.slice(0, 100) : payload.slice(-20) }
  }

  const keep = (message: ChatwootDesk['messages'][number]): void => {
    messages.push(message)
    const conversation = conversations.find(({ id }) => id === message.conversation)
    if (!conversation) return
    conversation['messages'] = [message]
    conversation['last_activity_at'] = message['created_at']
  }

  return {
    conversations,
    messages,
    answer,
    write(thread, content) {
      const conversation = conversations.find(({ id }) => String(id) === thread)
      const message = {
        id: ++next,
        conversation: Number(thread),
        content,
        message_type: 1,
        private: false,
        content_attributes: {},
        source_id: null,
        sender: { id: 3, name: 'Mia', type: 'user' },
        created_at: now() / 1000,
      }
      keep(message)
      return { ...message, event: 'message_created', message_type: 'outgoing', conversation }
    },
  }
}
