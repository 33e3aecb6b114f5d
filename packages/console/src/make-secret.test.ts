import { expect, it } from 'vitest'

import { makeSecret } from './make-secret.ts'

const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(255)

it('Secrets: a made one is long, and of the letters that far sides take', () => {
  expect(makeSecret('word', bytes)).toBe('ff'.repeat(24))
  expect(makeSecret('whsec', bytes)).toBe(`whsec_${'/'.repeat(32)}`)
})
