import { expect, it } from 'vitest'

import { createAttempts } from './attempts.ts'

function setUp(burst: number, everyMs: number) {
  const time = { now: 0 }
  const attempts = createAttempts({ clock: { monotonic: () => time.now }, burst, everyMs })
  return { time, attempts }
}

it('Limits: a burst passes, the next try is told how long to wait', () => {
  const { attempts } = setUp(3, 1_000)
  expect([1, 2, 3, 4].map(() => attempts.take('a'))).toEqual([0, 0, 0, 1_000])
  expect(attempts.take('b')).toBe(0)
})

it('Limits: one try comes back per interval, never more than the burst', () => {
  const { time, attempts } = setUp(2, 1_000)
  attempts.take('a')
  attempts.take('a')
  time.now = 400
  expect(attempts.take('a')).toBe(600)
  time.now = 1_000
  expect(attempts.take('a')).toBe(0)
  expect(attempts.take('a')).toBe(1_000)
  time.now = 60_000
  expect([1, 2, 3].map(() => attempts.take('a'))).toEqual([0, 0, 1_000])
})

it('Limits: an honest try is given back', () => {
  const { attempts } = setUp(1, 1_000)
  attempts.take('a')
  attempts.refund('a')
  expect(attempts.take('a')).toBe(0)
})

it('Limits: what is remembered stays bounded, the longest idle key goes first', () => {
  const { attempts } = setUp(1, 1_000)
  attempts.take('first')
  for (let i = 0; i < 10_000; i++) attempts.take(`key ${i}`)
  expect(attempts.take('first')).toBe(0)
  expect(attempts.take('key 9999')).toBe(1_000)
})
