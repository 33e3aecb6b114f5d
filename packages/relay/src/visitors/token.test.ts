import { isUuid } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { systemRandomBytes } from '../clock.ts'
import { hashToken, mintToken, readToken } from './token.ts'

const SECRET = systemRandomBytes(32)
const SITE = 'pk_demo'
const mint = () => mintToken(SITE, SECRET, systemRandomBytes)

describe('a visitor’s token', () => {
  test('is read back as what it was made', () => {
    const token = mint()
    expect(readToken(token.text, SITE, SECRET)).toEqual(token)
    expect(token.text).toHaveLength(64)
    expect(token.hash).toEqual(hashToken(token.text))
  })

  test('names a visitor by a UUIDv8 that does not show the secret', () => {
    const token = mint()
    expect(isUuid(token.visitor)).toBe(true)
    expect(token.visitor[14]).toBe('8')
    const hex = Buffer.from(token.text, 'base64url').toString('hex')
    expect(hex).not.toContain(token.visitor.replaceAll('-', '').slice(0, 8))
  })

  test('is another each time', () => {
    const made = new Set(Array.from({ length: 100 }, () => mint().visitor))
    expect(made.size).toBe(100)
  })

  test.each([0, 31, 32, 47])('with byte %i changed is not stamped', (at) => {
    const bytes = Buffer.from(mint().text, 'base64url')
    bytes[at] = (bytes[at] ?? 0) ^ 1
    expect(readToken(bytes.toString('base64url'), SITE, SECRET)?.stamped).toBe(false)
  })

  test('C12: of another site or another log is not stamped, and another visitor', () => {
    const token = mint()
    const elsewhere = readToken(token.text, 'pk_other', SECRET)
    expect(elsewhere?.stamped).toBe(false)
    expect(elsewhere?.visitor).not.toBe(token.visitor)
    expect(readToken(token.text, SITE, systemRandomBytes(32))?.stamped).toBe(false)
  })

  test.each(['', 'x', 'A'.repeat(63), 'A'.repeat(65), `${'A'.repeat(63)}=`, `${'A'.repeat(63)} `])(
    '%j is no token at all',
    (text) => {
      expect(readToken(text, SITE, SECRET)).toBeUndefined()
    },
  )
})
