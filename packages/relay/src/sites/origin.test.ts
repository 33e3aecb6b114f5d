import { describe, expect, test } from 'vitest'
import { ALLOWED_ORIGINS, ORIGIN_MATRIX } from '../../test/fixtures/origins.ts'
import { originAllowed, parseOriginPattern } from './origin.ts'

describe('the origin of a page', () => {
  test.each(ORIGIN_MATRIX)('%j is allowed: %s', (origin, allowed) => {
    expect(originAllowed(origin, ALLOWED_ORIGINS)).toBe(allowed)
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
