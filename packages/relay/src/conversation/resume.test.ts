import type { Entry } from '@homing/core'
import { MAX_FRAME_BYTES, MAX_PAGE_ENTRIES, utf8Length } from '@homing/core'
import { expect, test } from 'vitest'
import { cutRun, endThatFits, planResume } from './resume.ts'

function run(count: number, words = 'x'): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    seq: i + 1,
    id: `draft-${i}`,
    author: { role: 'visitor', id: 'v' },
    time: i,
    body: { type: 'text', text: words },
  }))
}

const base = { epoch: 'now', head: 10, tail: 4 }

test('C6: a place in this log goes on after it', () => {
  expect(planResume({ ...base, position: { epoch: 'now', seq: 7 } })).toEqual({
    kind: 'continue',
    after: 7,
  })
  expect(planResume({ ...base, position: { epoch: 'now', seq: 10 } })).toEqual({
    kind: 'continue',
    after: 10,
  })
})

test('C6: another epoch or a place ahead of the head is reset', () => {
  expect(planResume({ ...base, position: { epoch: 'before', seq: 7 } }).kind).toBe('reset')
  expect(planResume({ ...base, position: { epoch: 'now', seq: 11 } }).kind).toBe('reset')
})

test('C6: no place starts at the tail, and never below the first entry', () => {
  expect(planResume({ ...base, position: undefined })).toEqual({ kind: 'tail', after: 6 })
  expect(planResume({ ...base, head: 3, position: undefined })).toEqual({ kind: 'tail', after: 0 })
})

test.each([
  ['many short ones', run(2 * MAX_PAGE_ENTRIES + 1)],
  ['long ones', run(40, '語'.repeat(4_000))],
  ['a single one', run(1)],
  ['none', run(0)],
])('a run of %s is cut into frames by count and size, whole and in order', (_, entries) => {
  const parts = cutRun(entries)
  expect(parts.flat()).toEqual(entries)
  for (const part of parts) {
    expect(part.length).toBeGreaterThan(0)
    expect(part.length).toBeLessThanOrEqual(MAX_PAGE_ENTRIES)
    expect(utf8Length(JSON.stringify(part))).toBeLessThan(MAX_FRAME_BYTES)
  }
})

test('the end of a long page fits into a frame and joins on to what follows', () => {
  const entries = run(40, '語'.repeat(4_000))
  const end = endThatFits(entries)
  expect(end.at(-1)).toBe(entries.at(-1))
  expect(end.length).toBeGreaterThan(1)
  expect(utf8Length(JSON.stringify(end))).toBeLessThan(MAX_FRAME_BYTES)
  expect(endThatFits(run(5))).toHaveLength(5)
  expect(endThatFits([])).toEqual([])
})
