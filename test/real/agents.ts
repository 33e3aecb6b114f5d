import { randomBytes } from 'node:crypto'

import type { Entry } from '../../packages/core/src/index.ts'
import { uuidv7 } from '../../packages/core/src/index.ts'

import type { RelayProcess } from '../relay-process.ts'

/** The people on the other side, by the agents' API; straight to the relay, past every network fault. */
export interface Agents {
  conversations(): Promise<readonly { readonly id: string; readonly unread: number }[]>
  /** The log of a conversation, from its first entry. */
  log(conversation: string): Promise<readonly Entry[]>
  /** Texts of every conversation's log, in order. */
  texts(): Promise<readonly string[]>
  say(conversation: string, text: string): Promise<Entry>
  setStatus(conversation: string, status: 'open' | 'resolved'): Promise<void>
  allowOrigin(site: string, origin: string): Promise<void>
}

export function createAgents(relay: Pick<RelayProcess, 'origin' | 'apiKey'>): Agents {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${relay.origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${relay.apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as unknown
  }

  const conversations: Agents['conversations'] = async () => {
    const answer = (await call('GET', '/conversations')) as {
      conversations: Awaited<ReturnType<Agents['conversations']>>
    }
    return answer.conversations
  }
  const log: Agents['log'] = async (id) => {
    const answer = (await call('GET', `/conversations/${id}/entries`)) as { entries: Entry[] }
    return answer.entries
  }

  return {
    conversations,
    log,
    texts: async () => {
      const logs = await Promise.all((await conversations()).map(({ id }) => log(id)))
      return logs.flat().flatMap(({ body }) => ('text' in body ? [String(body.text)] : []))
    },
    say: async (conversation, text) => {
      const id = uuidv7(Date.now(), (count) => randomBytes(count))
      const body = { type: 'text', text }
      const answer = await call('POST', `/conversations/${conversation}/entries`, { id, body })
      return (answer as { entry: Entry }).entry
    },
    setStatus: async (conversation, status) => {
      await call('PATCH', `/conversations/${conversation}`, { status })
    },
    allowOrigin: async (key, origin) => {
      const { sites } = (await call('GET', '/sites')) as {
        sites: { key: string; origins: string[] }[]
      }
      const site = sites.find((each) => each.key === key)
      if (!site) throw new Error(`There is no site ${key}`)
      await call('PUT', `/sites/${key}`, { ...site, origins: [...site.origins, origin] })
    },
  }
}
