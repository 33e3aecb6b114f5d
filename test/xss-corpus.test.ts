import { expect, test } from 'vitest'

import { parseText } from '../packages/core/src/index.ts'
import { inlineJson } from '../packages/relay/src/http/widget-files.ts'
import { XSS_CORPUS } from './xss-corpus.ts'

test('the corpus has 300 texts and more, all different', () => {
  expect(XSS_CORPUS.length).toBeGreaterThanOrEqual(300)
  expect(new Set(XSS_CORPUS).size).toBe(XSS_CORPUS.length)
  for (const text of XSS_CORPUS) expect(text.trim()).not.toBe('')
})

test('no text of the corpus becomes a link but to http, https, mailto and tel, and none loses a letter', () => {
  for (const text of XSS_CORPUS) {
    const parts = parseText(text)
    expect(parts.map((part) => part.text).join('')).toBe(text)
    for (const part of parts) {
      if (part.kind === 'text') continue
      expect(part.href).toMatch(/^(https?:\/\/|mailto:|tel:)/i)
      if (!URL.canParse(part.href)) continue
      expect(['http:', 'https:', 'mailto:', 'tel:']).toContain(new URL(part.href).protocol)
    }
  }
})

test('no text of the corpus ends the script that it is written into', () => {
  for (const text of XSS_CORPUS) {
    const written = inlineJson({ name: text })
    expect(written).not.toMatch(/[<\u2028\u2029]/)
    expect(JSON.parse(written)).toEqual({ name: text })
  }
})
