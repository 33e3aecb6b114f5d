import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sameBody } from './canonical.ts'

it('C2: the same body is the same whatever the order of its fields', () => {
  expect(sameBody({ type: 'text', text: 'a' }, { text: 'a', type: 'text' })).toBe(true)
  expect(sameBody({ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }] })).toBe(true)
  expect(sameBody({ a: [1, 2] }, { a: [2, 1] })).toBe(false)
  expect(sameBody({ type: 'text', text: '1' }, { type: 'text', text: 1 })).toBe(false)
  expect(sameBody({ a: undefined }, {})).toBe(true)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(sameBody(value, JSON.parse(JSON.stringify(value)))).toBe(true)
    }),
  )
})
