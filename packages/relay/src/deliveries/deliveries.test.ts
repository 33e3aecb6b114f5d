import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConnectorIo, Outbound } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import type { ParkedDelivery, Receipt } from '../store/store.ts'
import { startDeliveryParts, until } from '../../test/delivery-parts.ts'
import type { DeliveryParts } from '../../test/delivery-parts.ts'
import { createFarSide, done, textOf } from '../../test/far-side.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import type { ManualClock } from '../../test/manual-clock.ts'
import { ABSENT_AFTER_MS, GONE_HOLD_MS, REAUTH_HOLD_MS } from './attempt.ts'
import { MAX_PER_CONNECTOR, SEND_TIMEOUT_MS } from './deliveries.ts'
import { RETRY_TABLE_MS } from './retry.ts'

const PATIENCE_MS = 5_000
let clock: ManualClock
let directory: string
let relay: DeliveryParts | undefined

beforeEach(async () => {
  clock = createManualClock()
  directory = await mkdtemp(join(tmpdir(), 'homing-deliveries-'))
})
afterEach(async () => {
  await relay?.stop()
  relay = undefined
  await rm(directory, { recursive: true, force: true })
})

async function start(far: FarSide): Promise<DeliveryParts> {
  relay = await startDeliveryParts({ connectors: [far], clock, directory })
  return relay
}

/** Lets the time pass, in small steps, until it is so. */
function passing<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  stepMs = 500,
): Promise<Value> {
  return until(
    what,
    async () => {
      const found = await look()
      if (found === undefined || found === false) clock.advance(stepMs)
      return found
    },
    PATIENCE_MS,
  )
}

/** The store has nothing open, or only what is due later than `within` from now. */
function quiet(parts: DeliveryParts, within = 0): Promise<true> {
  return until(
    'nothing is under way',
    async () => {
      const { deliveries } = await parts.store.figures()
      const next = await parts.store.nextDue()
      if (deliveries.claimed > 0) return undefined
      return next === undefined || next > clock.now() + within ? true : undefined
    },
    PATIENCE_MS,
  )
}

const fails = (failure: SendError['failure'], retryAfter?: number) => (): never => {
  const options = retryAfter === undefined ? {} : { retryAfter }
  throw new SendError(failure, `the far side says ${failure}`, options)
}

const hangs = (_outbound: Outbound, { signal }: ConnectorIo): Promise<Receipt> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new SendError('unknown', 'no answer in time')))
  })

describe('C10: in order, one at a time, with a constant key', () => {
  test('a failed one is tried again before its successor goes', async () => {
    const far = createFarSide()
    far.script.push(fails('retry'), fails('retry'))
    const { say, store } = await start(far)
    const { conversation } = await say('one')
    await say('two', conversation)
    await say('three', conversation)
    await passing('all are sent', () => far.sent.length === 5)
    expect(far.sent.map(textOf)).toEqual(['one', 'one', 'one', 'two', 'three'])
    expect(new Set(far.sent.slice(0, 3).map(({ key }) => key)).size).toBe(1)
    expect(new Set(far.sent.map(({ key }) => key)).size).toBe(3)
    expect(far.load.most).toBe(1)
    expect(await store.thread('far', conversation)).toBe(`thread-${conversation}`)
    const thread = `thread-${conversation}`
    const opening = [undefined, undefined, undefined]
    expect(far.sent.map((sent) => sent.thread)).toEqual([...opening, thread, thread])
  })

  test('conversations go side by side, up to the limit of a connector', async () => {
    const far = createFarSide()
    const open: (() => void)[] = []
    const hold = (outbound: Outbound): Promise<Receipt> =>
      new Promise((resolve) => open.push(() => resolve(done(outbound))))
    far.script.push(...Array.from({ length: 30 }, () => hold))
    const { say } = await start(far)
    await Promise.all(Array.from({ length: 30 }, (_, n) => say(`words ${n}`)))
    await until('the lane is full', async () => open.length === MAX_PER_CONNECTOR, PATIENCE_MS)
    await until(
      'all are sent',
      async () => {
        open.shift()?.()
        return far.sent.length === 30 && far.load.now === 0
      },
      PATIENCE_MS,
    )
    expect(far.load.most).toBe(MAX_PER_CONNECTOR)
  })

  test('a text over the limit goes in parts, and a part that arrived is not sent again', async () => {
    const far = createFarSide({ maxText: 10 })
    far.script.push(done, fails('retry'))
    const { say } = await start(far)
    await say('first part second and third')
    await passing('all parts are there', () => far.sent.length === 4)
    expect(far.sent.map(textOf)).toEqual(['first part', 'second and', 'second and', 'third'])
    const [key] = far.sent.map(({ key: sent }) => sent.replace(/\.\d$/, ''))
    expect(far.sent.map(({ key: sent }) => sent)).toEqual([1, 2, 2, 3].map((n) => `${key}.${n}`))
    // The second one surely was not there, so nobody looked.
    expect(far.looked).toEqual([])
  })

  test('of a text in parts one is looked for, and the rest goes without a look', async () => {
    const far = createFarSide({ maxText: 10 })
    far.script.push(done, fails('unknown'))
    far.reconciled = { externalIds: ['found'] }
    const { say } = await start(far)
    await say('first part second and third')
    await passing('all parts are there', () => far.sent.length === 3)
    expect(far.sent.map(textOf)).toEqual(['first part', 'second and', 'third'])
    expect(far.looked.map(textOf)).toEqual(['second and'])
  })
})

describe('C10: poison parks visibly and the rest flows', () => {
  test('what is refused is parked with its reason, and replayed with the same key', async () => {
    const far = createFarSide()
    far.script.push(fails('bad-content'))
    const { say, store, site, deliveries } = await start(far)
    const { conversation } = await say('poison')
    await say('fine', conversation)
    await until('the rest is sent', async () => far.sent.length === 2, PATIENCE_MS)
    await until('it is parked', async () => (await store.parked(site)).length === 1, PATIENCE_MS)
    const [parked] = await store.parked(site)
    expect(parked).toMatchObject({ reason: 'the far side says bad-content', seq: 1, attempts: 1 })
    expect(await store.replay(parked?.id ?? '', clock.now())).toBe(true)
    deliveries.nudge()
    await until('it is sent', async () => far.sent.length === 3, PATIENCE_MS)
    expect(far.sent[2]?.key).toBe(far.sent[0]?.key)
    await until('none is parked', async () => (await store.parked(site)).length === 0, PATIENCE_MS)
  })

  test.each([
    ['bad-content', 'refused'],
    ['too-large', 'too_long'],
    ['bad-recipient', 'unreachable'],
  ] as const)('C9: its author is told of %s as %s', async (failure, code) => {
    const far = createFarSide()
    far.script.push(fails(failure))
    const { say, store } = await start(far)
    const { conversation } = await say('poison')
    const told = await until(
      'it is told',
      async () => (await store.conversation(conversation))?.undelivered.entries[0],
      PATIENCE_MS,
    )
    expect(told).toMatchObject({ seq: 1, side: 'agent', code })
  })

  test('after the end of the table, with as many tries as it has rows and the first', async () => {
    const far = createFarSide()
    far.script.push(...Array.from({ length: 100 }, () => fails('retry')))
    const { store, site, say } = await start(far)
    await say('nobody listens')
    await until(
      'parked',
      async () => {
        if ((await store.parked(site)).length === 1) return true
        const { deliveries } = await store.figures()
        const due = await store.nextDue()
        if (deliveries.claimed === 0 && due !== undefined && due > clock.now()) {
          clock.advance(due - clock.now() + 1)
        } else clock.advance(600)
        return undefined
      },
      20_000,
    )
    expect(far.sent).toHaveLength(RETRY_TABLE_MS.length + 1)
  }, 30_000)

  test('a connector that is not configured any more', async () => {
    const far = createFarSide()
    const parts = await start(far)
    await parts.store.append({
      site: parts.site,
      conversation: '01890000-0000-7000-8000-0000000000c9',
      id: '01890000-0000-7000-8000-0000000000e9',
      author: { role: 'visitor', id: 'v' },
      body: { type: 'text', text: 'x' },
      time: clock.now(),
      visitor: { tokenHash: new Uint8Array(32), device: 'd', n: 1 },
      connectors: ['gone'],
    })
    parts.deliveries.nudge()
    await until(
      'it is parked',
      async () => (await parts.store.parked(parts.site)).length === 1,
      PATIENCE_MS,
    )
    expect((await parts.store.parked(parts.site))[0]?.reason).toContain('"gone"')
  })
})

describe('C10: what may have arrived is looked up, never blindly sent again', () => {
  test('found: done, without a second send', async () => {
    const far = createFarSide()
    far.script.push(fails('unknown'))
    far.reconciled = { externalIds: ['far-1'], thread: 'thread-7' }
    const { say, store } = await start(far)
    const { conversation } = await say('once')
    await passing('it is settled', async () => (await store.figures()).deliveries.done === 1)
    expect(far.sent).toHaveLength(1)
    expect(far.looked.map(({ key }) => key)).toEqual([far.sent[0]?.key])
    expect(await store.thread('far', conversation)).toBe('thread-7')
    expect(await store.sent('far', 'far-1')).toMatchObject({ conversation, seq: 1 })
  })

  test('absent is believed only after a slow far side would have written it', async () => {
    const far = createFarSide()
    far.script.push(fails('unknown'))
    const { say } = await start(far)
    const left = clock.now()
    await say('again')
    await passing('it is sent again', () => far.sent.length === 2)
    expect(clock.now() - left).toBeGreaterThanOrEqual(ABSENT_AFTER_MS)
    expect(far.looked.length).toBeGreaterThanOrEqual(2)
    expect(far.sent[1]?.key).toBe(far.sent[0]?.key)
  })

  test('a far side that tells copies apart gets it again, without a look', async () => {
    const far = createFarSide({ idempotent: true, reconcile: false })
    far.script.push(fails('unknown'))
    const { say } = await start(far)
    await say('again')
    await passing('it is sent again', () => far.sent.length === 2)
    expect(far.looked).toHaveLength(0)
    expect(far.sent[1]?.key).toBe(far.sent[0]?.key)
  })

  test('one that can neither is left to people', async () => {
    const far = createFarSide({ reconcile: false })
    far.script.push(fails('unknown'))
    const { say, store, site } = await start(far)
    await say('perhaps')
    await passing('it is parked', async () => (await store.parked(site)).length === 1)
    expect((await store.parked(site))[0]?.reason).toContain('may have arrived')
    expect(far.sent).toHaveLength(1)
  })

  test('a fault of our own is taken for unknown too', async () => {
    const far = createFarSide()
    far.script.push(() => {
      throw new TypeError('a bug, with foreign words')
    })
    far.reconciled = { externalIds: [] }
    const { say, store } = await start(far)
    await say('x')
    await passing('it is settled', async () => (await store.figures()).deliveries.done === 1)
    expect(far.sent).toHaveLength(1)
  })

  test('a send without an answer is cut off after its time', async () => {
    const far = createFarSide()
    far.script.push(hangs)
    far.reconciled = { externalIds: [] }
    const { say, store } = await start(far)
    await say('x')
    await until('it is under way', async () => far.sent.length === 1, PATIENCE_MS)
    clock.advance(SEND_TIMEOUT_MS - 1)
    expect(far.load.now).toBe(1)
    clock.advance(1)
    await until('it was cut', async () => far.load.now === 0, PATIENCE_MS)
    await passing('it is settled', async () => (await store.figures()).deliveries.done === 1)
  })

  test('a process that died in a send: the next one looks it up at once', async () => {
    const far = createFarSide()
    const first = await start(far)
    await first.deliveries.stop()
    await first.say('left and unsettled')
    const [claimed] = await first.store.claim('dead', 1, 3_600_000, clock.now())
    expect(claimed?.unsure).toBe(false)
    await first.stop()
    far.reconciled = { externalIds: [] }
    const second = await start(far)
    await until(
      'it is settled',
      async () => (await second.store.figures()).deliveries.done === 1,
      PATIENCE_MS,
    )
    expect(far.looked.map(({ key }) => key)).toEqual([claimed?.id])
    expect(far.sent).toHaveLength(0)
  })
})

describe('a far side that asks for patience', () => {
  test('Retry-After holds the whole connector, for all conversations', async () => {
    const far = createFarSide()
    far.script.push(fails('retry', 60_000))
    const parts = await start(far)
    await parts.say('one')
    await until('the first try', async () => far.sent.length === 1, PATIENCE_MS)
    await quiet(parts, 50_000)
    await parts.say('another conversation')
    clock.advance(59_000)
    await quiet(parts)
    expect(far.sent).toHaveLength(1)
    await passing('both are sent', () => far.sent.length === 3, 2_000)
  })

  test('one that is down is asked now and then, not by every conversation', async () => {
    const far = createFarSide()
    far.script.push(...Array.from({ length: 1_000 }, () => fails('retry')))
    const parts = await start(far)
    await Promise.all(Array.from({ length: 40 }, (_, n) => parts.say(`words ${n}`)))
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000)
      await quiet(parts, -1)
    }
    // 40 conversations times 14 rows of the table would be 560.
    expect(far.sent.length).toBeLessThan(330)
  })
})

describe('C10: a far side that refuses everybody', () => {
  const REFUSALS = [
    ['needs-reauth', REAUTH_HOLD_MS],
    ['gone', GONE_HOLD_MS],
  ] as const
  /** Sends that are refused, as many as there may ever be. */
  const refusing = (far: FarSide, failure: SendError['failure']): void => {
    far.script.push(...Array.from({ length: 1_000 }, () => fails(failure)))
  }
  const parkedOne = (parts: DeliveryParts): Promise<ParkedDelivery> =>
    until('one is parked', async () => (await parts.store.parked(parts.site))[0], PATIENCE_MS)

  test.each(REFUSALS)('%s parks who was refused and holds the rest', async (failure, holdMs) => {
    const far = createFarSide()
    far.script.push(fails(failure))
    const parts = await start(far)
    const { conversation } = await parts.say('one')
    const parked = await parkedOne(parts)
    expect(parked).toMatchObject({ conversation, seq: 1, attempts: 1, connector: 'far' })
    expect(parked.reason).toMatch(new RegExp(`^the far side says ${failure}: .*replay`))
    await parts.say('two', conversation)
    await parts.say('another conversation')
    clock.advance(holdMs - 1_000)
    await quiet(parts)
    expect(far.sent).toHaveLength(1)
    // Nobody came: the hold ends by itself, and the parked one still waits for its replay.
    await passing('the rest flows', () => far.sent.length === 3, 2_000)
    expect((await parts.store.parked(parts.site)).map(({ id }) => id)).toEqual([parked.id])
  })

  test.each(REFUSALS)('%s: its replay ends the hold, and all goes in order', async (failure) => {
    const far = createFarSide()
    far.script.push(fails(failure))
    const parts = await start(far)
    const { conversation } = await parts.say('one')
    const parked = await parkedOne(parts)
    for (const text of ['two', 'three']) await parts.say(text, conversation)
    await parts.say('another conversation')
    await quiet(parts)
    expect(await parts.store.replay(parked.id, clock.now())).toBe(true)
    parts.deliveries.nudge()
    await until('all are sent', async () => far.sent.length === 5, PATIENCE_MS)
    const here = far.sent.filter((sent) => sent.conversation === conversation)
    expect(here.map(textOf)).toEqual(['one', 'one', 'two', 'three'])
    expect(here[1]?.key).toBe(here[0]?.key)
    await until(
      'all is settled',
      async () => (await parts.store.figures()).deliveries.done === 4,
      PATIENCE_MS,
    )
    expect(await parts.store.parked(parts.site)).toEqual([])
  })

  test.each(REFUSALS)('%s shows one, however many were refused', async (failure, holdMs) => {
    const far = createFarSide()
    refusing(far, failure)
    const parts = await start(far)
    await Promise.all(Array.from({ length: 20 }, (_, n) => parts.say(`words ${n}`)))
    await parkedOne(parts)
    for (let round = 0; round < 3; round++) {
      await quiet(parts)
      expect(await parts.store.parked(parts.site)).toHaveLength(1)
      clock.advance(holdMs + 1)
      parts.deliveries.nudge()
    }
    await quiet(parts)
    // A replay that is refused again is shown again.
    const [shown] = await parts.store.parked(parts.site)
    expect(await parts.store.replay(shown?.id ?? '', clock.now())).toBe(true)
    parts.deliveries.nudge()
    await parkedOne(parts)
    await quiet(parts)
    expect(await parts.store.parked(parts.site)).toHaveLength(1)

    far.script.length = 0
    const [again] = await parts.store.parked(parts.site)
    expect(await parts.store.replay(again?.id ?? '', clock.now())).toBe(true)
    parts.deliveries.nudge()
    await until(
      'all is settled',
      async () => (await parts.store.figures()).deliveries.done === 20,
      PATIENCE_MS,
    )
    expect(await parts.store.parked(parts.site)).toEqual([])
  })

  test('a refusal for another reason is shown beside it', async () => {
    const far = createFarSide()
    far.script.push(fails('needs-reauth'), fails('gone'))
    const parts = await start(far)
    await parts.say('one')
    await parkedOne(parts)
    await parts.say('another conversation')
    clock.advance(REAUTH_HOLD_MS)
    parts.deliveries.nudge()
    await until(
      'both are shown',
      async () => (await parts.store.parked(parts.site)).length === 2,
      PATIENCE_MS,
    )
  })

  test('refused with settings that were changed meanwhile: it goes with the new ones at once', async () => {
    const far = createFarSide()
    const mended = createFarSide()
    const parts = await start(far)
    far.script.push(() => {
      parts.connectors.set('far', mended)
      return fails('needs-reauth')()
    })
    await parts.say('one')
    await passing('it is sent', () => mended.sent.length === 1, 0)
    await quiet(parts)
    expect(await parts.store.parked(parts.site)).toEqual([])
    expect(await parts.store.holds(clock.now())).toEqual([])
  })

  test('who arrived in part is parked with that word', async () => {
    const far = createFarSide({ maxText: 10 })
    far.script.push(done, fails('needs-reauth'))
    const parts = await start(far)
    await parts.say('first part second part')
    expect((await parkedOne(parts)).reason).toMatch(
      /replay this.*\(part 2 of 3; 1 of them arrived\)$/,
    )
  })
})

describe('C10: a replay that comes late', () => {
  test('goes after what went meanwhile and before what waits, sends nothing twice, and says its seq', async () => {
    const far = createFarSide()
    far.script.push(fails('bad-content'))
    const parts = await start(far)
    const { conversation } = await parts.say('one')
    await parts.say('two', conversation)
    await until(
      'two went',
      async () => (await parts.store.figures()).deliveries.done === 1,
      PATIENCE_MS,
    )
    // The third fails for now and the fourth waits behind it.
    far.script.push(fails('retry', 60_000))
    await parts.say('three', conversation)
    await parts.say('four', conversation)
    await until('three was tried', async () => far.sent.length === 3, PATIENCE_MS)
    await quiet(parts, 30_000)
    const [parked] = await parts.store.parked(parts.site)
    expect(await parts.store.replay(parked?.id ?? '', clock.now())).toBe(true)
    parts.deliveries.nudge()
    await passing('all went', async () => (await parts.store.figures()).deliveries.done === 4)
    expect(far.sent.map(textOf)).toEqual(['one', 'two', 'three', 'one', 'three', 'four'])
    expect(far.sent.map(({ entry }) => entry.seq)).toEqual([1, 2, 3, 1, 3, 4])
  })

  test('that is refused for what it says holds up nobody', async () => {
    const far = createFarSide()
    far.script.push(fails('bad-content'))
    const parts = await start(far)
    const { conversation } = await parts.say('one')
    await until(
      'it is parked',
      async () => (await parts.store.parked(parts.site)).length === 1,
      PATIENCE_MS,
    )
    const [parked] = await parts.store.parked(parts.site)
    far.script.push(fails('bad-content'))
    expect(await parts.store.replay(parked?.id ?? '', clock.now())).toBe(true)
    await parts.say('two', conversation)
    await until(
      'two went',
      async () => (await parts.store.figures()).deliveries.done === 1,
      PATIENCE_MS,
    )
    expect(far.sent.map(textOf)).toEqual(['one', 'one', 'two'])
    expect(await parts.store.parked(parts.site)).toHaveLength(1)
  })
})

describe('start and stop', () => {
  test('with nothing due the store is looked at twice a minute, no more', async () => {
    const far = createFarSide()
    const parts = await start(far)
    const looks: number[] = []
    const { nextDue } = parts.store
    Object.assign(parts.store, {
      nextDue: () => {
        looks.push(clock.now())
        return nextDue()
      },
    })
    for (let step = 0; step < 120; step++) {
      clock.advance(1_000)
      // The store answers in order: what was asked because of this second is answered by then.
      await nextDue()
      await nextDue()
    }
    expect(looks.length).toBeLessThanOrEqual(5)
    expect(looks.length).toBeGreaterThanOrEqual(2)
  })

  test('stop lets running sends end, gives the others back, and may be called twice', async () => {
    const far = createFarSide()
    let finish: (() => void) | undefined
    far.script.push(
      (outbound) => new Promise((resolve) => (finish = () => resolve(done(outbound)))),
    )
    const parts = await start(far)
    await parts.say('under way')
    await until('it is under way', async () => finish !== undefined, PATIENCE_MS)
    const stopped = Promise.all([parts.deliveries.stop(), parts.deliveries.stop()])
    await parts.say('too late')
    finish?.()
    await stopped
    const { deliveries } = await parts.store.figures()
    expect(deliveries).toMatchObject({ done: 1, due: 1, claimed: 0 })
  })

  test('a send that does not end in time is cut, and looked up by the next process', async () => {
    const far = createFarSide()
    far.script.push(hangs)
    const parts = await start(far)
    await parts.say('hangs')
    await until('it is under way', async () => far.sent.length === 1, PATIENCE_MS)
    const stopped = parts.deliveries.stop()
    clock.advance(10_000)
    await stopped
    expect((await parts.store.figures()).deliveries).toMatchObject({ unknown: 1, claimed: 0 })
  })
})
