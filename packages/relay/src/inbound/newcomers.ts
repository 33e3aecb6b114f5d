import { createHash } from 'node:crypto'
import type { Body } from '@homing/core'
import { formatUuid, isText } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Fact } from '../connectors/connector.ts'
import { splitCode } from '../conversation/hand-over.ts'
import type { HandOvers } from '../conversation/hand-over.ts'
import type { Conversation, HandOver, Store } from '../store/store.ts'

/**
 * Somebody writes from an address: whose conversation is it?
 *
 *   a one-time code in the words ──▶ the conversation it was made for, which it may begin;
 *                                    the address is bound to it
 *   the address is bound          ──▶ that one
 *   neither                       ──▶ a conversation of his own, made by his words
 */
export interface Newcomers {
  find(
    connector: ConfiguredConnector,
    thread: string,
    fact: Extract<Fact, { readonly kind: 'message' }>,
  ): Promise<Arrival>
}

export interface Arrival {
  readonly target: Pick<Conversation, 'id' | 'site'>
  /** Id of the visitor it is. */
  readonly visitor: string
  readonly bound: boolean
  /** What he said; undefined when the code was all. */
  readonly body: Body | undefined
}

export interface NewcomersOptions {
  readonly store: Pick<Store, 'conversation' | 'conversationOf'>
  readonly handOvers: Pick<HandOvers, 'look' | 'redeem'>
  /**
   * Says at both ends that the conversation goes on there; once for each fact. It is the visitor's
   * own entry, so that it may be the first one.
   */
  readonly note: (
    connector: ConfiguredConnector,
    handOver: HandOver,
    fact: Extract<Fact, { readonly kind: 'message' }>,
  ) => Promise<unknown>
}

export function createNewcomers({ store, handOvers, note }: NewcomersOptions): Newcomers {
  return {
    async find(connector, thread, fact) {
      const { site } = connector
      const { code, rest } = isText(fact.body) ? splitCode(fact.body.text) : NO_CODE
      const handOver = code === undefined ? undefined : await handOvers.look(code, site)
      if (code !== undefined && handOver) {
        // Noted first: when that fails it all comes again, and the code is still good.
        await note(connector, handOver, fact)
        await handOvers.redeem(code, { site, connector: connector.id, address: thread })
      }
      const known = await store.conversationOf(connector.id, thread)
      const conversation = known === undefined ? undefined : await store.conversation(known)
      if (conversation?.site === site) {
        const body: Body | undefined =
          code === undefined ? fact.body : rest === '' ? undefined : { type: 'text', text: rest }
        return { target: conversation, visitor: conversation.visitor.id, bound: true, body }
      }
      // A code that is used up or too old is left in his words: it may be all he said, and somebody
      // should answer. The ids are made from the address, so that two webhooks at once make the same.
      const target = { id: idOf('conversation', connector.id, thread), site }
      const visitor = idOf('visitor', connector.id, thread)
      return { target, visitor, bound: false, body: fact.body }
    },
  }
}

const NO_CODE = { code: undefined, rest: '' }

function idOf(what: string, connector: string, thread: string): string {
  const hash = createHash('sha256').update(`${what}\n${connector}\n${thread}`).digest()
  return formatUuid(new Uint8Array(hash.subarray(0, 16)), 0x80)
}
