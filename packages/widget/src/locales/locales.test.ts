import { describe, expect, test } from 'vitest'

import { en } from './en.ts'
import { fill } from './fill.ts'
import { zhTW } from './zh-TW.ts'

const LOCALES = { 'zh-TW': zhTW }

const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()

describe.each(Object.entries(LOCALES))('locale %s', (_name, strings) => {
  test('has the keys of en, no more and no fewer', () => {
    expect(Object.keys(strings).toSorted()).toEqual(Object.keys(en).toSorted())
  })

  test('has the places of en in every text, and no empty text', () => {
    for (const [key, text] of Object.entries(strings)) {
      expect.soft(places(text), key).toEqual(places(en[key as keyof typeof en]))
      expect.soft(text.trim(), key).not.toBe('')
    }
  })
})

describe('fill', () => {
  test('puts values in, more than once, and takes them as they are', () => {
    expect(fill('{a} and {a} and {b}', { a: '$&', b: 2 })).toBe('$& and $& and 2')
  })

  test('leaves a place without value', () => {
    expect(fill('Hello {name}', {})).toBe('Hello {name}')
  })
})
