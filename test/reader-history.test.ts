import { expect, test } from 'vitest'

import type { Entry } from '../packages/core/src/index.ts'
import { createReaderHistory } from './reader-history.ts'

const log: readonly Entry[] = [1, 2, 3, 4].map((seq) => ({
  seq,
  id: `id-${seq}`,
  author: { role: 'visitor', id: 'v' },
  time: seq,
  body: { type: 'text', text: '' },
}))
const item = (seq: number, id = `id-${seq}`) => ({ seq, id })

test('C6: a reader that comes and goes, and one that begins at the tail, break nothing', () => {
  const history = createReaderHistory()
  history.joined('tab', 0)
  history.given('tab', item(1), item(2))
  history.joined('tab', 2)
  history.given('tab', item(3))
  history.joined('late', 0)
  history.given('late', { ...item(3), tail: true }, item(4))
  expect(history.problems(log)).toEqual([])
  expect(history.size()).toBe(5)
})

test.each([
  ['a hole', [item(1), item(3)], 'no 2 before 3'],
  ['a repeat', [item(1), item(1)], 'given 1 again after 1'],
  ['another order', [item(1), item(2), item(4), item(3)], 'given 3 again after 4'],
  ['another log', [item(1), item(2, 'id-9')], 'given id-9 as 2, the log has id-2'],
  ['more than the log', [1, 2, 3, 4, 5].map((seq) => item(seq)), 'the log has undefined'],
  ['a hole at the start', [item(2)], 'no 1 before 2'],
])('C6: the checker sees %s', (_, items, problem) => {
  const history = createReaderHistory()
  history.joined('tab', 0)
  history.given('tab', ...items)
  expect(history.problems(log).join()).toContain(problem)
})

test('C6: the checker sees a reader that came back at another place than it left', () => {
  const history = createReaderHistory()
  history.given('tab', item(1), item(2))
  history.joined('tab', 1)
  history.given('tab', item(2))
  expect(history.problems(log)).toEqual(['tab: came back at 1, and had 2'])
})
