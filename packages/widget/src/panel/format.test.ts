import { describe, expect, test } from 'vitest'

import { en } from '../locales/en.ts'
import { zhTW } from '../locales/zh-TW.ts'
import { formatsOf } from './format.ts'
import { initialOf } from './message-text.ts'

const at = (...parts: [number, number, number, number?, number?]): number =>
  new Date(...parts).getTime()
const NOW = at(2026, 2, 12, 0, 5)

describe('formats', () => {
  test('days are calendar days, not spans of 24 hours', () => {
    const { day } = formatsOf('en-GB')
    expect(day(at(2026, 2, 12, 0, 1), NOW, en)).toBe('Today')
    expect(day(at(2026, 2, 11, 23, 59), NOW, en)).toBe('Yesterday')
    expect(day(at(2026, 2, 9, 12), NOW, en)).toBe('Monday')
    expect(day(at(2026, 0, 3), NOW, en)).toBe('3 January')
    expect(day(at(2024, 0, 3), NOW, en)).toBe('3 January 2024')
    expect(day(at(2026, 2, 20), NOW, en)).toBe('20 March')
  })

  test('a list shows the time today, then the day', () => {
    const { brief } = formatsOf('zh-TW')
    expect(brief(at(2026, 2, 12, 0, 1), NOW, zhTW)).toMatch(/12:01/)
    expect(brief(at(2026, 2, 11, 9), NOW, zhTW)).toBe('昨天')
    expect(brief(at(2026, 2, 8, 9), NOW, zhTW)).toBe('週日')
  })

  test('a bad time gives nothing, never an error', () => {
    const { time, full } = formatsOf('en')
    expect(time(NOW)).not.toBe('')
    expect(time(Number.NaN)).toBe('')
    expect(full(1e300)).toBe('')
  })
})

test('an avatar shows a whole letter', () => {
  expect(initialOf(' lena')).toBe('L')
  expect(initialOf('𠮷野')).toBe('𠮷')
  expect(initialOf('')).toBe('')
})
