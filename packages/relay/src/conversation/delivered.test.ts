import type { DeliveredMarks } from '@homing/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import type { Conversation } from '../store/store.ts'
import type { Delivered } from './delivered.ts'
import { GATHER_MS, createDelivered } from './delivered.ts'
import { createReaderMark } from './mark.ts'

const CONVERSATION: Conversation = {
  id: 'c',
  site: 'pk_shop',
  visitor: { id: 'ada' },
  head: 9,
  status: 'open',
  read: { visitor: 0, agent: 0 },
  delivered: { visitor: 0, agent: 0 },
  undelivered: { n: 0, entries: [] },
  created: 1,
  updated: 1,
}

let clock: ReturnType<typeof createManualClock>
let delivered: Delivered
let kept: [string, keyof DeliveredMarks, number][]
let hints: unknown[]
let rises: boolean
let desks: readonly string[]
let faults: unknown[]

/** A moment passes, and what it set going ends. */
const moment = async (): Promise<void> => {
  clock.advance(GATHER_MS)
  await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(() => {
  clock = createManualClock()
  kept = []
  hints = []
  faults = []
  rises = true
  desks = ['desk']
  delivered = createDelivered({
    store: {
      kept: (id, by, seq) => {
        if (seq === 13) return Promise.reject(new Error('disk full'))
        kept.push([id, by, seq])
        return Promise.resolve(rises)
      },
      conversation: (id) => Promise.resolve(id === 'gone' ? undefined : { ...CONVERSATION, id }),
    },
    bus: { publish: (topics, hint) => hints.push({ topics, hint }) },
    clock,
    desksOf: () => desks,
    onError: (cause) => faults.push(cause),
  })
})

describe('what reached the other side', () => {
  test('P27: what happens in one moment is one write and one hint for each conversation', async () => {
    for (let seq = 1; seq <= 5; seq++) delivered.kept('c', 'visitor', seq, 'has')
    delivered.changed('c')
    delivered.kept('d', 'visitor', 2, 'has')
    expect(kept).toEqual([])
    await moment()
    expect(kept).toEqual([
      ['c', 'visitor', 5],
      ['d', 'visitor', 2],
    ])
    const hint = (conversation: string): unknown => ({
      topics: ['visitor:ada', 'agents:pk_shop'],
      hint: { kind: 'changed', site: 'pk_shop', visitor: 'ada', conversation },
    })
    expect(hints).toEqual([hint('c'), hint('d')])
    await moment()
    expect(hints).toHaveLength(2)
  })

  test('P27: what is no news is not told', async () => {
    rises = false
    delivered.kept('c', 'visitor', 3, 'has')
    await moment()
    expect(hints).toEqual([])
    delivered.changed('gone')
    await moment()
    expect(hints).toEqual([])
  })

  test('P27: an open console is a desk where there is no other', async () => {
    delivered.kept('c', 'agent', 3, 'has')
    await moment()
    expect(kept).toEqual([])
    desks = []
    delivered.kept('c', 'agent', 3, 'has')
    await moment()
    expect(kept).toEqual([['c', 'agent', 3]])
  })

  test('P27: what an agent has read there has reached him all the same', async () => {
    const marked: unknown[] = []
    const mark = createReaderMark((...said) => Promise.resolve(void marked.push(said)), delivered)
    const whose = { id: 'c', site: 'pk_shop', visitor: 'ada' }
    await mark(whose, 'agent', 4)
    delivered.kept('c', 'agent', 6, 'has')
    await moment()
    expect(marked).toEqual([[whose, 'agent', 4]])
    expect(kept).toEqual([['c', 'agent', 4]])
  })

  test('a write that fails is said, and the others go on', async () => {
    delivered.kept('c', 'visitor', 13, 'has')
    delivered.kept('d', 'visitor', 2, 'has')
    await moment()
    expect(faults).toHaveLength(1)
    expect(kept).toEqual([['d', 'visitor', 2]])
  })

  test('once stopped it says nothing more', async () => {
    delivered.changed('c')
    delivered.stop()
    delivered.stop()
    delivered.changed('c')
    await moment()
    expect(hints).toEqual([])
  })
})
