import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Outbound } from '../connectors/connector.ts'
import { cutText, partsOf } from './parts.ts'

const outbound = (text: string): Outbound => ({
  key: 'key',
  conversation: 'c',
  role: 'desk',
  more: [],
  before: [],
  omitted: 0,
  tag: '7F3A',
  entry: {
    seq: 1,
    id: 'e',
    author: { role: 'visitor', id: 'v' },
    time: 0,
    body: { type: 'text', text },
  },
  visitor: { id: 'v' },
  site: { key: 'pk_1', name: 'Shop' },
  relay: 'https://relay.test',
})

describe('texts over the limit', () => {
  test('what fits is left as it is', () => {
    const whole = outbound('short')
    expect(partsOf(whole, { maxText: 5, textUnit: 'utf16' })).toEqual([whole])
  })

  test('parts have the same key and their number on every try', () => {
    const parts = partsOf(outbound('one two three'), { maxText: 8, textUnit: 'utf16' })
    expect(parts.map(({ key, part }) => [key, part])).toEqual([
      ['key.1', { number: 1, of: 2 }],
      ['key.2', { number: 2, of: 2 }],
    ])
    expect(parts.map(({ entry }) => entry.body)).toEqual([
      { type: 'text', text: 'one two' },
      { type: 'text', text: 'three' },
    ])
  })

  test('a limit in bytes counts bytes, where a character has several', () => {
    const grapheme = fc.string({ unit: 'grapheme', maxLength: 120 })
    fc.assert(
      fc.property(grapheme, fc.integer({ min: 8, max: 60 }), (whole, limit) => {
        const parts = cutText(whole, limit, 'bytes')
        for (const part of parts) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(limit)
          expect(part.isWellFormed()).toBe(true)
        }
        expect(parts.join('').replace(/\s/g, '')).toBe(whole.replace(/\s/g, ''))
      }),
    )
    expect(partsOf(outbound('ööö'), { maxText: 5, textUnit: 'bytes' })).toHaveLength(2)
    expect(partsOf(outbound('ööö'), { maxText: 5, textUnit: 'utf16' })).toHaveLength(1)
  })

  test('C10: what was said before goes with the first part, what comes along with the last', () => {
    const { entry } = outbound('x')
    const whole = { ...outbound('one two three'), before: [entry], more: [entry] }
    const parts = partsOf(whole, { maxText: 8, textUnit: 'utf16' })
    expect(parts.map(({ before, more }) => [before.length, more.length])).toEqual([
      [1, 0],
      [0, 1],
    ])
  })

  test('no part is too long, no word is lost, no character is cut in two', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 })
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (whole, limit) => {
        const parts = cutText(whole, limit)
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit)
          expect(part.isWellFormed()).toBe(true)
        }
        expect(parts.join('').replace(/\s/g, '')).toBe(whole.replace(/\s/g, ''))
      }),
    )
  })
})
