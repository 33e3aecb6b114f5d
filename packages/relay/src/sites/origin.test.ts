import { describe, expect, test } from 'vitest'
import { originAllowed, parseOriginPattern } from './origin.ts'

const LIST = ['https://shop.example.com', 'https://*.example.org', 'http://localhost:3000']

const matrix: readonly [string | undefined, boolean][] = [
  // As listed, in any spelling a browser or a proxy may use.
  ['https://shop.example.com', true],
  ['https://SHOP.Example.COM', true],
  ['HTTPS://shop.example.com', true],
  ['https://shop.example.com:443', true],
  ['http://localhost:3000', true],
  ['https://a.example.org', true],
  ['https://xn--bcher-kva.example.org', true],
  ['https://bücher.example.org', true],
  // Another scheme, host or port.
  ['http://shop.example.com', false],
  ['https://shop.example.com:8443', false],
  ['https://shop.example.com:80', false],
  ['http://localhost', false],
  ['http://localhost:3001', false],
  ['https://localhost:3000', false],
  ['http://127.0.0.1:3000', false],
  ['https://example.com', false],
  ['https://www.shop.example.com', false],
  // Tricks with the ends of a name.
  ['https://shop.example.com.evil.test', false],
  ['https://evilshop.example.com', false],
  ['https://evil.test/shop.example.com', false],
  ['https://shop.example.com@evil.test', false],
  ['https://evil.test#shop.example.com', false],
  ['https://evil.test?shop.example.com', false],
  ['https://evil.test\\shop.example.com', false],
  ['https://shop.example.com.', false],
  ['https://shop.example.com/', false],
  ['https://shop.example.com/path', false],
  // The star is exactly one label.
  ['https://example.org', false],
  ['https://a.b.example.org', false],
  ['https://evilexample.org', false],
  ['https://.example.org', false],
  ['https://*.example.org', false],
  ['https://a.example.org:8443', false],
  ['http://a.example.org', false],
  ['https://a.example.org.evil.test', false],
  // No origin of a page.
  [undefined, false],
  ['', false],
  ['null', false],
  ['*', false],
  ['file://', false],
  ['capacitor://localhost', false],
  ['chrome-extension://abcdef', false],
  ['https://', false],
  ['https:shop.example.com', false],
  ['https:/shop.example.com', false],
  ['//shop.example.com', false],
  ['shop.example.com', false],
  [' https://shop.example.com', false],
  ['https://shop.example.com https://evil.test', false],
  ['https://shop.example.com, https://evil.test', false],
  ['https://shop.example.com\t', false],
  ['https://shop.example.com\0.evil.test', false],
  ['javascript://shop.example.com', false],
]

describe('the origin of a page', () => {
  test.each(matrix)('%j is allowed: %s', (origin, allowed) => {
    expect(originAllowed(origin, LIST)).toBe(allowed)
  })

  test('an empty list allows nobody', () => {
    expect(originAllowed('https://shop.example.com', [])).toBe(false)
  })
})

test.each([
  'https://*.com',
  'https://*.*.example.com',
  'https://a.*.example.com',
  'https://*',
  'https://*example.com',
  'https://*.[::1]',
  'https://*.1.2.3.4',
  'https://shop.example.com/path',
  '*',
  'null',
  '',
])('%j is no pattern', (pattern) => {
  expect(parseOriginPattern(pattern)).toBeUndefined()
  expect(originAllowed('https://shop.example.com', [pattern])).toBe(false)
})
