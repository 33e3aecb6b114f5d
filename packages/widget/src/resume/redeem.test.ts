import type { VirtualClock } from '@homing/core/testing/virtual-clock'
import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { Session } from '../engine/session.ts'
import type { WidgetState } from '../engine/state.ts'
import { signal } from '../signal.ts'
import type { ResumeAnswer } from './ask.ts'
import { redeem } from './redeem.ts'

const RESUMED: ResumeAnswer = { kind: 'resumed', conversation: 'c1' }

let clock: VirtualClock
let connection: WidgetState['connection']
let session: Session | undefined
beforeEach(() => {
  clock = createVirtualClock()
  connection = signal('online')
  session = sessionOf('a-token')
})

function sessionOf(token: string | undefined) {
  const secret = vi.fn(() => token)
  return { actions: { secret } } as unknown as Session
}

/** The relay answers so, in order; then nobody does. */
function begin(...answers: readonly (ResumeAnswer | Promise<ResumeAnswer>)[]) {
  const left = [...answers]
  const asked: string[] = []
  const settled = vi.fn<(answer: ResumeAnswer) => void>()
  const stop = redeem({
    connection,
    clock,
    session: () => session,
    ask: async (token) => {
      asked.push(token)
      return left.shift() ?? { kind: 'later' }
    },
    settled,
  })
  return { asked, settled, stop }
}

describe('redeeming a code', () => {
  test('waits for the link, and for the secret that the link brings', async () => {
    connection.value = 'connecting'
    session = sessionOf(undefined)
    const { asked, settled } = begin(RESUMED)
    await clock.advance(60_000)
    expect(session.actions.secret).not.toHaveBeenCalled()
    connection.value = 'online'
    await clock.advance(1_000)
    expect(asked).toEqual([])
    session = sessionOf('a-token')
    await clock.advance(1_000)
    expect(asked).toEqual(['a-token'])
    expect(settled.mock.calls).toEqual([[RESUMED]])
    expect(clock.timers()).toBe(0)
  })

  test('C7: what nobody answered is asked again, at once when the link is back', async () => {
    const { asked, settled } = begin({ kind: 'later' }, { kind: 'later' }, RESUMED)
    await clock.advance(0)
    expect(asked).toHaveLength(1)
    await clock.advance(1_000)
    expect(asked).toHaveLength(2)
    connection.value = 'offline'
    await clock.advance(600_000)
    expect(asked).toHaveLength(2)
    connection.value = 'online'
    await clock.advance(0)
    expect(asked).toHaveLength(3)
    expect(settled).toHaveBeenCalledExactlyOnceWith(RESUMED)
  })

  test('gives up when the relay is there and does not answer: five times, then the visitor is told', async () => {
    const { asked, settled } = begin()
    await clock.advance(39_999)
    expect(settled).not.toHaveBeenCalled()
    await clock.advance(600_000)
    expect(asked).toHaveLength(5)
    expect(settled).toHaveBeenCalledExactlyOnceWith({ kind: 'later' })
    expect(clock.timers()).toBe(0)
  })

  test('a code that has ended is not asked for again', async () => {
    const { asked, settled } = begin({ kind: 'ended' })
    await clock.advance(600_000)
    expect(asked).toHaveLength(1)
    expect(settled).toHaveBeenCalledExactlyOnceWith({ kind: 'ended' })
  })

  test('C12: what one visitor was answered is not for the one who came after him', async () => {
    const answer = Promise.withResolvers<ResumeAnswer>()
    const { asked, settled } = begin(answer.promise, RESUMED)
    await clock.advance(0)
    session = sessionOf('another-token')
    answer.resolve({ kind: 'resumed', conversation: 'of the first' })
    await clock.advance(0)
    expect(asked).toEqual(['a-token', 'another-token'])
    expect(settled).toHaveBeenCalledExactlyOnceWith(RESUMED)
  })

  test('where the session has ended nothing is asked any more, and nobody is marked', async () => {
    const answer = Promise.withResolvers<ResumeAnswer>()
    const { asked, settled } = begin(answer.promise)
    await clock.advance(0)
    session = undefined
    answer.resolve(RESUMED)
    await clock.advance(600_000)
    expect(asked).toHaveLength(1)
    expect(settled).not.toHaveBeenCalled()
    expect(clock.timers()).toBe(0)
  })

  test('stopped, it asks no more and settles nothing', async () => {
    const answer = Promise.withResolvers<ResumeAnswer>()
    const { asked, settled, stop } = begin(answer.promise)
    await clock.advance(0)
    stop()
    answer.resolve(RESUMED)
    connection.value = 'offline'
    connection.value = 'online'
    await clock.advance(600_000)
    expect(asked).toHaveLength(1)
    expect(settled).not.toHaveBeenCalled()
  })
})
