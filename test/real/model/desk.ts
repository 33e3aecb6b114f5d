import type { Recorder } from '../../../packages/core/test/history/recorder.ts'
import { entryId } from '../../../packages/relay/src/conversation/entry-id.ts'
import type { RelayApi } from '../../relay-api.ts'
import { createWebhookSender } from '../../webhook-sender.ts'
import type { WebhookSink } from '../../webhook-sink.ts'
import { HOOK } from '../open-relay.ts'

/**
 * The helpdesk behind the webhook connector: takes deliveries, and tells of answers by signed
 * webhooks, each twice at once with the same id, again and again until it hears 2xx.
 */
export interface Desk {
  /** Conversations that it was told of. */
  known(): readonly string[]
  answer(conversation: string, text: string): void
  /** Answers that were told and not yet taken. */
  waiting(): number
  /** It takes none of the next so many deliveries. */
  refuse(times: number): void
  /** This entry was told here. */
  told(draft: string): boolean
  /** This entry was made here, and is not told back. */
  made(draft: string): boolean
  /** What is asked now has its answer, or will never have one. */
  settled(): Promise<unknown>
  forget(): void
  stop(): void
}

export interface DeskOptions {
  readonly api: RelayApi
  readonly sink: WebhookSink
  readonly recorder: Recorder
}

const AGAIN_MS = 100
const BUSY = 503
const TAKEN = 204

export function createDesk({ api, sink, recorder }: DeskOptions): Desk {
  const sender = createWebhookSender(api, HOOK)
  const note = recorder.note.bind(undefined, HOOK)
  const asking = new Set<Promise<unknown>>()
  const known = new Set<string>()
  const told = new Set<string>()
  const made = new Set<string>()
  let refusals = 0
  let waiting = 0
  let answers = 0
  let stopped = false

  sink.answer(({ key, id, conversation }) => {
    known.add(conversation)
    if (id !== undefined) {
      told.add(id)
      note({ op: 'attempt', sink: HOOK, delivery: key, draft: id })
    }
    if (refusals > 0) {
      refusals--
      return BUSY
    }
    if (id !== undefined) note({ op: 'answered', sink: HOOK, draft: id, taken: true })
    return TAKEN
  })

  const tell = async (id: string, conversation: string, text: string): Promise<void> => {
    const draft = entryId(HOOK, id)
    made.add(draft)
    waiting++
    while (!stopped) {
      const asked = sender.post({ conversation, id, text }).catch(() => undefined)
      asking.add(asked)
      const answer = await asked
      asking.delete(asked)
      const ok = answer?.status === 200
      note({ op: 'inbound', sink: HOOK, event: id, conversation, draft, words: text, ok })
      if (ok) break
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
    waiting--
  }

  return {
    known: () => [...known],
    waiting: () => waiting,
    told: (draft) => told.has(draft),
    made: (draft) => made.has(draft),
    answer: (conversation, text) => {
      const id = `far-${++answers}`
      for (let time = 0; time < 2; time++) void tell(id, conversation, text)
    },
    refuse: (times) => {
      refusals = times
    },
    settled: () => Promise.all(asking),
    forget: () => known.clear(),
    stop: () => {
      stopped = true
    },
  }
}
