import { describe, expect, test } from 'vitest'

import { FOLLOW_UP_WORDS } from '../follow-up/words.ts'
import { HAND_OVER_WORDS } from '../hand-over/words.ts'
import { FAILURE_WORDS } from '../panel/failure-words.ts'
import { ENTRY_WORDS } from '../panel/hand-over-words.ts'
import { NOTICE_WORDS } from '../panel/notice-words.ts'
import { RESUME_WORDS } from '../resume/words.ts'
import { SHEET_WORDS } from '../sheet/words.ts'

type Words = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Texts that are downloads of their own, or part of one. */
const WORDS: readonly (readonly [string, Words])[] = [
  ['a failure', FAILURE_WORDS],
  ['a notice', NOTICE_WORDS],
  ['the entry', ENTRY_WORDS],
  ['every sheet', SHEET_WORDS],
  ['going on in a messenger', HAND_OVER_WORDS],
  ['leaving an address', FOLLOW_UP_WORDS],
  ['a link from a mail', RESUME_WORDS],
]

describe.each(WORDS)('words of %s', (_, words) => {
  const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()

  test('are there in every language', () => {
    expect(Object.keys(words).toSorted()).toEqual(['en', 'zh-TW'])
  })

  test.each(Object.entries(words))(
    '%s: every text, with the places of the English one',
    (_tag, each) => {
      const english = words['en'] ?? {}
      expect(Object.keys(each).toSorted()).toEqual(Object.keys(english).toSorted())
      for (const [key, text] of Object.entries(each)) {
        expect.soft(places(text), key).toEqual(places(english[key] ?? ''))
        expect.soft(text.trim(), key).not.toBe('')
      }
    },
  )
})
