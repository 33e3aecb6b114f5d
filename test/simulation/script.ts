import type { Random, Stop } from '../../packages/core/src/index.ts'
import { uuidv7 } from '../../packages/core/src/index.ts'
import type { Entry } from '../../packages/core/src/index.ts'
import type { Recorder } from '../../packages/core/test/history/recorder.ts'
import { seededBytes } from '../../packages/core/test/seeded-random.ts'
import type { RelayLife } from './relay.ts'
import { RELAY_URL } from './relay.ts'
import { seenOf } from './watch.ts'
import type { Program, World } from './world.ts'

/** A program at the agents' API: reads by asking, answers one after the other, again until taken. */
export interface Script {
  answer(conversation: string, words: string, twice: boolean): void
  /** Its line is fine again, and it asks now: soon somebody looks how far it has read. */
  hurry(): void
  waiting(): number
}

export interface ScriptOptions {
  readonly world: World
  readonly random: Random
  readonly recorder: Recorder
  readonly pressed: Map<string, string>
  readonly relay: () => RelayLife | undefined
  /** Show entries by their time instead of their number. */
  readonly byTime: boolean
}

const NAME = 'script'
const ASK_EVERY_MS = 6_000
const AGAIN_MS = 1_000
const LATENCY_MS = 40

interface Answer {
  readonly status: number
  readonly json: unknown
  /** The life of the log in which it was given. */
  readonly epoch: string
}

export function createScript(options: ScriptOptions): Script {
  const { world, random, recorder, pressed, relay, byTime } = options
  const program: Program = world.program()
  const bytes = seededBytes(random)
  const note = recorder.note.bind(undefined, NAME)
  const places = new Map<string, { epoch: string; seq: number }>()
  const queue: {
    readonly conversation: string
    readonly draft: string
    readonly words: string
    readonly twice: boolean
  }[] = []
  let busy = false
  let rounds = 0
  /** Of its answers, so many get lost while lines fail. */
  let lossy = 0.05
  let stop: Stop = () => {}
  const later = (work: () => void): void => void program.after(1 + random() * LATENCY_MS, work)

  /** Undefined: no answer came. */
  const ask = (path: string, init: RequestInit, done: (answer: Answer | undefined) => void): void =>
    later(() => {
      const life = relay()
      if (!life) return done(undefined)
      let answered = false
      const end = (answer: Parameters<typeof done>[0]): void => {
        if (!answered) done(answer)
        answered = true
      }
      life.process.onGone(() => program.after(1, () => end(undefined)))
      life.listener.request(new Request(`${RELAY_URL}/api/v1${path}`, init)).then(
        async (response) => {
          const json: unknown = await response.json()
          if (life.process.state() === 'gone') return
          if (random() < lossy) later(() => end(undefined))
          else later(() => end({ status: response.status, json, epoch: life.store.epoch }))
        },
        (error: unknown) => world.faults.push(error),
      )
    })

  const readAll = (): void => {
    ask('/conversations?limit=50', {}, (answer) => {
      if (answer?.status === 200) {
        const { conversations } = answer.json as { conversations: { id: string; head: number }[] }
        // Heads alone do not tell a log that began anew.
        const all = rounds++ % 3 === 0
        for (const { id, head } of conversations) {
          if (all || head !== places.get(id)?.seq) readOne(id)
        }
      }
      stop()
      stop = program.after(ASK_EVERY_MS, readAll)
    })
  }

  const readOne = (conversation: string): void => {
    const after = places.get(conversation)?.seq ?? 0
    ask(`/conversations/${conversation}/entries?after=${after}`, {}, (answer) => {
      if (answer?.status !== 200) return
      const { epoch, entries } = answer.json as { epoch: string; entries: Entry[] }
      const place = places.get(conversation)
      if (place && place.epoch !== epoch) {
        // The log began anew; so does whoever reads it.
        places.clear()
        note({ op: 'forgot' })
        return readAll()
      }
      if ((place?.seq ?? 0) !== after || entries.length === 0) return
      places.set(conversation, { epoch, seq: after + entries.length })
      const shown = byTime ? entries.toSorted((a, b) => a.time - b.time) : entries
      note({ op: 'read', conversation, epoch, party: NAME, entries: shown.map(seenOf) })
    })
  }

  const next = (): void => {
    const first = queue[0]
    if (!first || busy) return
    busy = true
    const { conversation, draft, words, twice } = first
    const body = JSON.stringify({ id: draft, body: { type: 'text', text: words } })
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
    let settled = false
    const post = (): void =>
      ask(`/conversations/${conversation}/entries`, init, (answer) => {
        if (answer?.status === 200 || answer?.status === 201) {
          const { entry } = answer.json as { entry: Entry }
          note({ op: 'ack', draft, conversation, epoch: answer.epoch, seq: entry.seq })
        } else if (answer?.status !== 404) {
          program.after(AGAIN_MS, post)
          return
        } else if (!settled) {
          // The backup knows nothing of this conversation.
          note({ op: 'lost', drafts: [draft], reason: 'the conversation is gone' })
        }
        if (settled) return
        settled = true
        queue.shift()
        busy = false
        next()
      })
    note({ op: 'sent', draft })
    post()
    if (twice) post()
  }

  note({ op: 'open', role: 'agent' })
  readAll()

  return {
    hurry: () => {
      lossy = 0
      stop()
      rounds = 0
      readAll()
    },
    waiting: () => queue.length,
    answer: (conversation, words, twice) => {
      const draft = uuidv7(Math.floor(world.now()), bytes)
      pressed.set(draft, words)
      note({ op: 'submit', draft, conversation, device: NAME, words })
      queue.push({ conversation, draft, words, twice })
      next()
    },
  }
}
