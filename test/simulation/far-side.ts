import type { Random } from '../../packages/core/src/index.ts'
import type { Recorder } from '../../packages/core/test/history/recorder.ts'
import type { Fetch, RawWebhook } from '../../packages/relay/src/connectors/connector.ts'
import { parseSecret, signWebhook } from '../../packages/relay/src/connectors/standard-webhooks.ts'
import { entryId } from '../../packages/relay/src/conversation/entry-id.ts'
import type { Counts } from './counts.ts'
import type { RelayLife } from './relay.ts'
import { DESK, HOOK_SECRET } from './relay.ts'
import type { Program, World } from './world.ts'

/**
 * The helpdesk behind the webhook connector: takes deliveries, or fails in all the ways a far side
 * fails, and tells of answers, again and again until it hears 2xx, sometimes twice at once.
 */
export interface FarSide {
  readonly fetch: Fetch
  set(manner: Manner): void
  /** Somebody answers there. */
  answer(conversation: string, words: string, twice: boolean): void
  /** Answers that were told and not yet taken. */
  waiting(): number
  /** The run is over: it listens no more whether a call is given up, for that keeps all of it in memory. */
  close(): void
}

export type Manner =
  | 'fine'
  | 'unreachable'
  | 'failing'
  | 'hanging'
  | 'deaf'
  | 'busy'
  | 'gone'
  | 'strict'

export interface FarSideOptions {
  readonly world: World
  readonly random: Random
  readonly recorder: Recorder
  readonly counts: Counts
  readonly wall: () => number
  readonly relay: () => RelayLife | undefined
}

const LATENCY_MS = 60
const TELL_AGAIN_MS = 2_000
const KEYS = [keyOf(HOOK_SECRET)]

export function createFarSide(options: FarSideOptions): FarSide {
  const { world, random, recorder, counts, wall, relay } = options
  const program: Program = world.program()
  const note = recorder.note.bind(undefined, DESK)
  const calls: (() => void)[] = []
  let manner: Manner = 'fine'
  let answers = 0
  let waiting = 0
  const later = (work: () => void): void => void program.after(1 + random() * LATENCY_MS, work)

  const respond = (status: number, headers: Record<string, string> = {}): Response =>
    new Response(status === 200 ? '{}' : '', { status, headers })

  const take: Fetch = (_url, init) =>
    new Promise((resolve, reject) => {
      const { signal, headers, body } = init ?? {}
      const fail = (code: string): void =>
        reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }))
      const givenUp = (): void => fail('ABORT_ERR')
      signal?.addEventListener('abort', givenUp, { once: true })
      calls.push(() => signal?.removeEventListener('abort', givenUp))
      const event = JSON.parse(Buffer.from(body as Uint8Array).toString()) as {
        data: { message?: { id: string } }
      }
      const delivery = (headers as Record<string, string>)['webhook-id'] ?? ''
      const draft = event.data.message?.id
      if (draft !== undefined) note({ op: 'attempt', sink: DESK, delivery, draft })
      const now = manner
      const answer = (status: 200 | 400): void =>
        later(() => {
          if (draft !== undefined)
            note({ op: 'answered', sink: DESK, draft, taken: status === 200 })
          resolve(respond(status))
        })
      later(() => {
        counts.add(`deliveries ${now}`)
        switch (now) {
          case 'unreachable':
            return fail('ECONNREFUSED')
          case 'failing':
            return later(() => resolve(respond(500)))
          case 'busy':
            return later(() => resolve(respond(429, { 'retry-after': '3' })))
          case 'gone':
            return later(() => resolve(respond(410)))
          case 'strict':
            return answer(random() < 0.3 ? 400 : 200)
          case 'hanging':
            return undefined
          case 'deaf':
            return later(() => fail('ECONNRESET'))
          case 'fine':
            return answer(200)
        }
      })
    })

  const tell = (request: () => RawWebhook, done: (ok: boolean) => void): void => {
    later(() => {
      const life = relay()
      if (!life) return done(false)
      let told = false
      const end = (ok: boolean): void => {
        if (told) return
        told = true
        done(ok)
      }
      life.process.onGone(() => program.after(1, () => end(false)))
      life.webhook(request()).then(
        ({ status }) => {
          if (life.process.state() === 'gone') return
          // An answer that was lost is told again, and nobody knows.
          if (random() < 0.1) later(() => end(false))
          else later(() => end(status === 200))
        },
        (error: unknown) => world.faults.push(error),
      )
    })
  }

  return {
    fetch: take,
    set: (next) => {
      manner = next
    },
    waiting: () => waiting,
    close: () => {
      for (const forget of calls) forget()
    },
    answer: (conversation, words, twice) => {
      const number = ++answers
      const id = `far-${number}`
      const happening = {
        op: 'inbound',
        sink: DESK,
        event: id,
        conversation,
        draft: entryId(DESK, id),
        words,
      } as const
      const request = (): RawWebhook => {
        const body = Buffer.from(
          JSON.stringify({
            type: 'message.created',
            timestamp: new Date(wall()).toISOString(),
            data: {
              conversation: { id: conversation },
              message: { id, text: words, role: 'agent', author: { id: 'grace' } },
            },
          }),
        )
        // Its clock is the relay's: a skewed one is refused, and that is another matter.
        return {
          method: 'POST',
          headers: signWebhook(`hook-${number}`, wall(), body, KEYS),
          url: 'https://relay.test/v1/hooks/desk',
          body,
        }
      }
      waiting++
      let taken = false
      const again = (): void => {
        const asked = world.now()
        tell(request, (ok) => {
          note({ ...happening, ok, asked })
          if (ok) {
            if (!taken) waiting--
            taken = true
          } else program.after(TELL_AGAIN_MS * (0.5 + random()), again)
        })
      }
      again()
      if (twice) again()
    },
  }
}

function keyOf(secret: string): Uint8Array {
  const key = parseSecret(secret)
  if (typeof key === 'string') throw new Error(key)
  return key
}
