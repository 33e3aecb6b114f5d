import type { Entry } from '../../../packages/core/src/index.ts'
import type { Recorder } from '../../../packages/core/test/history/recorder.ts'
import type { HttpAnswer, RelayApi } from '../../relay-api.ts'
import { newId, words } from '../../relay-api.ts'
import { seenOf } from '../../simulation/watch.ts'

/** A program at the agents' API: reads by asking, answers one after the other, again until taken. */
export interface Script {
  /** Conversations that it has read of. */
  known(): readonly string[]
  answer(conversation: string, text: string): void
  waiting(): number
  /** Read what is new of everything. False: the relay is not there. */
  readAll(): Promise<boolean>
  /** Read up to here, undefined where nothing was read. */
  place(conversation: string): Place | undefined
  /** What is asked now has its answer, or will never have one. */
  settled(): Promise<unknown>
  /** The log was replaced: what it knows of it is of no use. */
  forget(): void
  stop(): void
}

export interface Place {
  readonly epoch: string
  readonly seq: number
}

export interface ScriptOptions {
  readonly api: RelayApi
  readonly recorder: Recorder
  /** Draft → words, of everybody. */
  readonly pressed: Map<string, string>
}

export const SCRIPT = 'script'
const AGAIN_MS = 100

export function createScript({ api, recorder, pressed }: ScriptOptions): Script {
  const note = recorder.note.bind(undefined, SCRIPT)
  const places = new Map<string, Place>()
  const asking = new Set<Promise<unknown>>()
  let queue: Promise<void> = Promise.resolve()
  let reading: Promise<boolean> | undefined
  let waiting = 0
  let stopped = false

  /** Undefined: no answer came. */
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<HttpAnswer | undefined> => {
    const asked = api.ask(method, `/api/v1${path}`, body).catch(() => undefined)
    asking.add(asked)
    const answer = await asked
    asking.delete(asked)
    return answer
  }

  const readOne = async (conversation: string): Promise<boolean> => {
    const after = places.get(conversation)?.seq ?? 0
    const answer = await ask('GET', `/conversations/${conversation}/entries?after=${after}`)
    if (answer?.status !== 200) return false
    const { epoch, entries } = answer.json as { epoch: string; entries: readonly Entry[] }
    const place = places.get(conversation)
    if (place && place.epoch !== epoch) {
      // The log began anew; so does whoever reads it.
      places.clear()
      note({ op: 'forgot' })
      return false
    }
    const seq = entries.at(-1)?.seq
    if ((place?.seq ?? 0) !== after || seq === undefined) return true
    places.set(conversation, { epoch, seq })
    recorder.note('relay', { op: 'head', conversation, epoch, seq })
    note({ op: 'read', conversation, epoch, party: SCRIPT, entries: entries.map(seenOf) })
    return true
  }

  const readAll = async (): Promise<boolean> => {
    const answer = await ask('GET', '/conversations?limit=50')
    if (answer?.status !== 200) return false
    const { conversations } = answer.json as { conversations: readonly { readonly id: string }[] }
    let fine = true
    for (const { id } of conversations) fine = (await readOne(id)) && fine
    return fine
  }

  const post = async (conversation: string, draft: string, text: string): Promise<void> => {
    const path = `/conversations/${conversation}`
    note({ op: 'sent', draft })
    while (!stopped) {
      const answer = await ask('POST', `${path}/entries`, { id: draft, body: words(text) })
      if (answer?.status === 404) {
        return note({ op: 'lost', drafts: [draft], reason: 'the backup has no such conversation' })
      }
      if (answer?.status === 200 || answer?.status === 201) {
        const { seq } = (answer.json as { readonly entry: Entry }).entry
        const log = await ask('GET', `${path}/entries?after=${seq}&limit=1`)
        if (log?.status === 200) {
          note({ op: 'ack', draft, conversation, epoch: log.json.epoch as string, seq })
          return void (await ask('POST', `${path}/read`, { seq }))
        }
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  note({ op: 'open', role: 'agent' })

  return {
    known: () => [...places.keys()],
    place: (conversation) => places.get(conversation),
    waiting: () => waiting,
    answer: (conversation, text) => {
      const draft = newId()
      pressed.set(draft, text)
      note({ op: 'submit', draft, conversation, device: SCRIPT, words: text })
      waiting++
      queue = queue.then(async () => {
        await post(conversation, draft, text)
        waiting--
      })
    },
    readAll: () =>
      (reading ??= readAll().finally(() => {
        reading = undefined
      })),
    settled: () => Promise.all(asking),
    forget: () => {
      if (places.size === 0) return
      places.clear()
      note({ op: 'forgot' })
    },
    stop: () => {
      stopped = true
    },
  }
}
