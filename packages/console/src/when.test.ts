import { expect, it } from 'vitest'

import { createWhen } from './when.ts'

const NOW = Date.UTC(2026, 2, 12, 14, 32)
const when = createWhen(() => NOW, 'en-GB', 'UTC')

it('Times: a list says the clock today, then the day, then the date', () => {
  expect(when.short(Date.UTC(2026, 2, 12, 9, 5))).toBe('09:05')
  expect(when.short(Date.UTC(2026, 2, 11, 23, 59))).toBe('Yesterday')
  expect(when.short(Date.UTC(2026, 2, 9, 12))).toBe('Mon')
  expect(when.short(Date.UTC(2026, 0, 3))).toBe('3 Jan')
  expect(when.short(Date.UTC(2025, 0, 3))).toBe('3 Jan 2025')
})

it('Times: a day line names its day', () => {
  expect(when.day(NOW)).toBe('Today')
  expect(when.day(NOW - 24 * 3_600_000)).toBe('Yesterday')
  expect(when.day(Date.UTC(2026, 2, 2))).toMatch(/^Monday,? 2 March$/)
  expect(when.day(Date.UTC(2024, 2, 2))).toBe('2 March 2024')
})

it('Times: a calendar day is the reader’s own', () => {
  const late = Date.UTC(2026, 2, 11, 20)
  expect(createWhen(() => NOW, 'en', 'UTC').dayOf(late)).toBe('2026-03-11')
  expect(createWhen(() => NOW, 'en', 'Asia/Taipei').dayOf(late)).toBe('2026-03-12')
})
