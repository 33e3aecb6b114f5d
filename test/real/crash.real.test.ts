import { expect, it } from 'vitest'

import type { Entry } from '../../packages/core/src/index.ts'
import { MAX_UNACKED } from '../../packages/core/src/index.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import type { NewEntry, RelayApi } from '../relay-api.ts'
import { ORIGIN, SITE, newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { openRelay } from './open-relay.ts'

/** More of them for a longer look, e.g. HOMING_TEST_KILLS=1000. */
const KILLS = Number(process.env['HOMING_TEST_KILLS'] ?? 50)
/**
 * Acks a second that it has to come to while it lives, e.g. HOMING_TEST_RATE=200. Not in CI: how
 * much a machine does says nothing about whether the code is right.
 */
const RATE = Number(process.env['HOMING_TEST_RATE'] ?? 0)
/** A kill costs the start of a process: a second or two where others use the machine too. */
const MS_PER_KILL = 4_000
const VISITORS = 6
const POLLERS = 2
const AGENTS = 3
/** Acks in a life before it ends, at most; chance decides. */
const MAX_ACKS = 150
/** From that ack to the kill, at most, so that it is not always the moment after a commit. */
const MAX_DELAY_MS = 12

/** What was promised: conversation → draft id → seq. */
type Acked = Map<string, Map<string, number>>

/**
 * Somebody who writes as fast as is allowed for as long as the relay lives, and who says in the
 * next life first what got no answer in the last one, as every client of ours does.
 */
interface Writer {
  live(relay: RelayProcess): Promise<void>
}

interface Numbered extends NewEntry {
  readonly n: number
}

type Ack = (conversation: string, id: string, seq: number) => void

function createQueue(name: string): {
  /** Unanswered ones first, then new ones. */
  window(): readonly Numbered[]
  settle(id: string): void
} {
  const open = new Map<string, Numbered>()
  let n = 0
  return {
    window() {
      while (open.size < MAX_UNACKED) {
        n += 1
        const draft = { id: newId(), n, body: words(`${name} ${n}`) }
        open.set(draft.id, draft)
      }
      return [...open.values()]
    },
    settle: (id) => void open.delete(id),
  }
}

function visitorBySocket(name: string, conversation: string, ack: Ack): Writer {
  const queue = createQueue(name)
  let token: string | null = null
  return {
    async live(relay) {
      const link = await openRawLink(relay.origin)
      const said = new Set<string>()
      const say = (): void => {
        for (const { id, n, body } of queue.window()) {
          if (said.has(id)) continue
          said.add(id)
          link.say({ t: 'send', id, conversation, n, body })
        }
      }
      link.hear((frame) => {
        if (frame.t === 'reject') throw new Error(JSON.stringify(frame))
        if (frame.t !== 'ack') return
        ack(frame.conversation, frame.id, frame.seq)
        queue.settle(frame.id)
        say()
      })
      const welcome = await link.hello({ token, device: name, tail: 1 })
      token = welcome.token ?? token
      say()
      await link.closed
    },
  }
}

function visitorByPoll(name: string, conversation: string, ack: Ack): Writer {
  const queue = createQueue(name)
  let token: string | null = null
  return {
    async live(relay) {
      for (;;) {
        const hello = {
          t: 'hello',
          v: 1,
          site: SITE,
          token,
          device: name,
          positions: {},
          client: 'test/1',
          tail: 1,
        }
        const sends = queue.window().map((draft) => ({ t: 'send', conversation, ...draft }))
        const response = await fetch(`${relay.origin}/v1/sync`, {
          method: 'POST',
          headers: { origin: ORIGIN },
          body: JSON.stringify({ nonce: newId(), wait: 0, frames: [hello, ...sends] }),
        })
        const { frames } = (await response.json()) as {
          frames: readonly { t: string; token?: string; id: string; seq: number }[]
        }
        for (const frame of frames) {
          if (frame.t === 'reject') throw new Error(JSON.stringify(frame))
          if (frame.t === 'welcome') token = frame.token ?? token
          if (frame.t !== 'ack') continue
          ack(conversation, frame.id, frame.seq)
          queue.settle(frame.id)
        }
      }
    },
  }
}

/** Answers in a visitor's conversation, which is there from the second life on at the latest. */
function agent(name: string, conversation: string, api: RelayApi, ack: Ack): Writer {
  const queue = createQueue(name)
  return {
    async live() {
      for (;;) {
        for (const { id, body } of queue.window().slice(0, 2)) {
          const { status, json } = await api.say(conversation, { id, body })
          if (status === 404) continue
          if (status !== 200 && status !== 201) throw new Error(`The API answered ${status}`)
          ack(conversation, id, (json as { entry: Entry }).entry.seq)
          queue.settle(id)
        }
      }
    },
  }
}

it(
  `C1 C2 C3: ${KILLS} × kill -9 of the relay under load loses, doubles and skips nothing that was acked`,
  { timeout: 60_000 + KILLS * MS_PER_KILL },
  async () => {
    const { relay, api } = await openRelay()
    const acked: Acked = new Map()
    let count = 0
    let target = 0
    let reach = (): void => {}
    const ack: Ack = (conversation, id, seq) => {
      const seqs = acked.get(conversation) ?? new Map<string, number>()
      acked.set(conversation, seqs)
      // A repeat is answered with the first seq, in whichever life.
      expect(seqs.get(id) ?? seq).toBe(seq)
      if (!seqs.has(id)) count += 1
      seqs.set(id, seq)
      if (count >= target) reach()
    }

    const conversations = Array.from({ length: VISITORS + POLLERS }, newId)
    const writers: Writer[] = conversations.map((conversation, index) =>
      index < VISITORS
        ? visitorBySocket(`socket-${index}`, conversation, ack)
        : visitorByPoll(`poll-${index}`, conversation, ack),
    )
    for (let index = 0; index < AGENTS; index++) {
      writers.push(agent(`agent-${index}`, conversations[index] ?? '', api, ack))
    }

    /** What is known to be in the logs: a later life must not have less. */
    const logs = new Map<string, Entry[]>(conversations.map((id) => [id, []]))
    const check = async (): Promise<void> => {
      for (const [conversation, known] of logs) {
        known.push(...(await api.log(conversation, known.at(-1)?.seq)))
        checkLog(known, acked.get(conversation))
      }
    }

    let sending = 0
    for (let kill = 1; kill <= KILLS; kill++) {
      const begun = performance.now()
      const reached = new Promise<void>((resolve) => {
        reach = resolve
      })
      // A life now and then ends before anything could be acked.
      target = count + Math.floor(Math.random() * MAX_ACKS)
      const lives = writers.map((writer) => writer.live(relay).catch(onlyTheLine))
      if (count < target) await reached
      await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_DELAY_MS))
      const killed = relay.kill9()
      sending += performance.now() - begun
      await Promise.all([killed, ...lives])
      await relay.restart()
      await check()
    }

    let entries = 0
    for (const [conversation, known] of logs) {
      const whole = await api.log(conversation)
      expect(whole).toEqual(known)
      entries += whole.length
    }
    const rate = Math.round((count * 1_000) / sending)
    console.info(
      `${KILLS} kills: ${count} acked of ${entries} in the log, ${rate} acks/s while it lived.`,
    )
    expect(entries).toBeGreaterThanOrEqual(count)
    expect(rate).toBeGreaterThanOrEqual(RATE)
  },
)

/** The line breaks with the relay; anything else is a fault. */
function onlyTheLine(error: unknown): void {
  const code = error instanceof Error ? Reflect.get(error.cause ?? error, 'code') : undefined
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return
  if (error instanceof Error && /the link is closed|terminated/.test(error.message)) return
  throw error
}

function checkLog(entries: readonly Entry[], acked: ReadonlyMap<string, number> = new Map()): void {
  const wrong = entries.findIndex(({ seq }, index) => seq !== index + 1)
  expect(entries[wrong], 'a hole in the log').toBeUndefined()
  const seqs = new Map(entries.map(({ id, seq }) => [id, seq]))
  expect(seqs.size, 'no id twice').toBe(entries.length)
  const lost = [...acked].filter(([id, seq]) => seqs.get(id) !== seq)
  expect(lost, 'acked and not there').toEqual([])
}
