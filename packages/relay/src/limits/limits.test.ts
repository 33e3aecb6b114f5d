import { HomingError } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { createVirtualClock } from '../../../core/test/virtual-clock.ts'
import { createLimiter } from './limiter.ts'
import { RELAY_LIMITS, createLimits } from './limits.ts'
import { takeToken } from './token-bucket.ts'

const RATE = { burst: 3, everyMs: 1_000 }

describe('a token bucket', () => {
  test('grants its burst, then one per interval', () => {
    let fullAt: number | undefined
    const take = (now: number): number => {
      const taken = takeToken(fullAt, now, RATE)
      if (!taken.ok) return taken.retryAfter
      fullAt = taken.fullAt
      return 0
    }
    expect([take(0), take(0), take(0), take(0)]).toEqual([0, 0, 0, 1_000])
    expect(take(400)).toBe(600)
    expect([take(1_000), take(1_000)]).toEqual([0, 1_000])
  })

  test('does not save up more than its burst', () => {
    const taken = takeToken(0, 1_000_000, RATE)
    expect(taken).toEqual({ ok: true, fullAt: 1_001_000 })
  })

  test('a refusal costs nothing: whoever hammers waits no longer', () => {
    const empty = 3_000
    expect(takeToken(empty, 0, RATE)).toEqual({ ok: false, retryAfter: 1_000 })
    expect(takeToken(empty, 999, RATE)).toEqual({ ok: false, retryAfter: 1 })
    expect(takeToken(empty, 1_000, RATE).ok).toBe(true)
  })
})

describe('a limiter', () => {
  test('keeps keys apart', () => {
    const limiter = createLimiter({ clock: createVirtualClock(), rate: RATE })
    for (let i = 0; i < 3; i++) expect(limiter.take('a')).toBe(0)
    expect(limiter.take('a')).toBe(1_000)
    expect(limiter.take('b')).toBe(0)
  })

  test('tells when to come back', () => {
    const limiter = createLimiter({ clock: createVirtualClock(), rate: { burst: 1, everyMs: 250 } })
    limiter.demand('a')
    const error = (() => {
      try {
        limiter.demand('a')
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(error).toBeInstanceOf(HomingError)
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfter: 250 })
  })

  test('what is given back can be taken again, once', () => {
    const limiter = createLimiter({ clock: createVirtualClock(), rate: RATE })
    for (let i = 0; i < 3; i++) limiter.demand('a')
    limiter.giveBack('a')
    limiter.giveBack('nobody')
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 1_000])
    expect(limiter.take('nobody')).toBe(0)
  })

  test('forgets the key idle for longest when there are too many', () => {
    const limiter = createLimiter({
      clock: createVirtualClock(),
      rate: { burst: 1, everyMs: 1_000 },
      maxKeys: 2,
    })
    limiter.take('a')
    limiter.take('b')
    limiter.take('c')
    expect(limiter.take('b')).toBeGreaterThan(0)
    expect(limiter.take('a')).toBe(0)
  })
})

test('open links are counted per address and given back', () => {
  const { links } = createLimits(createVirtualClock(), { ...RELAY_LIMITS, linksPerIp: 2 })
  expect([links.open('a'), links.open('a'), links.open('a'), links.open('b')]).toEqual([
    true,
    true,
    false,
    true,
  ])
  links.close('a')
  expect(links.open('a')).toBe(true)
})
