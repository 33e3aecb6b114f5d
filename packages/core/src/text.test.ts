import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseText } from './text.ts'

/** [text shown] is a link; [text shown](address) one whose address differs. */
const drawn = (text: string): string =>
  parseText(text)
    .map((part) =>
      part.kind === 'text'
        ? part.text
        : part.href === part.text
          ? `[${part.text}]`
          : `[${part.text}](${part.href})`,
    )
    .join('')

describe('links', () => {
  it.each([
    ['no link here', 'no link here'],
    ['see https://a.example/x?y=1#z', 'see [https://a.example/x?y=1#z]'],
    ['HTTP://A.EXAMPLE', '[HTTP://A.EXAMPLE]'],
    ['www.a.example/x', '[www.a.example/x](https://www.a.example/x)'],
    ['write mailto:a@b.example.', 'write [mailto:a@b.example].'],
    ['call tel:+49-30-1234!', 'call [tel:+49-30-1234]!'],
    ['https://a.example. And', '[https://a.example]. And'],
    ['(https://a.example/x)', '([https://a.example/x])'],
    ['https://a.example/x_(y)', '[https://a.example/x_(y)]'],
    ['(https://a.example/x_(y))', '([https://a.example/x_(y)])'],
    ['"https://a.example"', '"[https://a.example]"'],
    ['<https://a.example>', '<[https://a.example]>'],
    ['*https://a.example*', '*[https://a.example]*'],
    ['https://a.example/1\nhttps://a.example/2', '[https://a.example/1]\n[https://a.example/2]'],
    ['請看 https://a.example/x。謝謝', '請看 [https://a.example/x]。謝謝'],
    ['請看「https://a.example/x」，謝謝', '請看「[https://a.example/x]」，謝謝'],
    ['價錢（https://a.example/x）？', '價錢（[https://a.example/x]）？'],
    ['https://a.example/商品/藍色 好', '[https://a.example/商品/藍色] 好'],
    ['https://a.example/\u202Egnp.exe', '[https://a.example/]\u202Egnp.exe'],
    ['https://', 'https://'],
    ['https://...', 'https://...'],
  ])('%j', (text, expected) => {
    expect(drawn(text)).toBe(expected)
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    ' data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https',
    'www.',
    'mailto:nobody',
    'a@b.example',
  ])('no link: %j', (text) => {
    expect(drawn(text)).toBe(text)
  })

  it('only harmless schemes ever become a link, and no text is lost', () => {
    const pieces = fc.constantFrom(
      'javascript:',
      'https://',
      'http:',
      '//',
      'www.',
      'mailto:',
      'tel:',
      'data:',
      '@',
      '.',
      ')',
      '(',
      'a',
      '1',
      ' ',
      '\n',
      '"',
      '<',
      '。',
      '\u202E',
      '+',
      ':',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (all) => {
        const text = all.join('')
        const parts = parseText(text)
        expect(parts.map((part) => part.text).join('')).toBe(text)
        for (const part of parts) {
          expect(part.text).not.toBe('')
          if (part.kind === 'link')
            expect(part.href).toMatch(/^(https?:\/\/|mailto:|tel:)[^\s<>"']+$/i)
        }
      }),
    )
  })

  it('a hostile text is no more work than its length', () => {
    // Quadratic work on this much would outlast the test by far.
    for (const piece of [')', '(', '.', 'mailto:', 'www.a.', 'https://a)', '@', 'tel:+']) {
      const text = `https://a${piece.repeat(Math.ceil(250_000 / piece.length))}`
      expect(
        parseText(text)
          .map((part) => part.text)
          .join(''),
      ).toBe(text)
    }
  })
})
