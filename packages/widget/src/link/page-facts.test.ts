import { describe, expect, it } from 'vitest'

import { publicAddress } from './page-facts.ts'

describe('what an agent sees of a page', () => {
  it.each([
    ['https://shop.test/lamp?id=7&color=blue#reviews', 'https://shop.test/lamp?id=7&color=blue'],
    ['https://ann:pw@shop.test/', 'https://shop.test/'],
    ['https://shop.test/reset?token=abc&id=1', 'https://shop.test/reset?id=1'],
    [
      'https://shop.test/?userEmail=a%40b.c&session_id=1&utm_source=x',
      'https://shop.test/?utm_source=x',
    ],
    ['nonsense', ''],
  ])('%s is told as %s', (address, told) => {
    expect(publicAddress(address)).toBe(told)
  })
})
