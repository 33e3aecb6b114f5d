import { describe, expect, test, vi } from 'vitest'

import { takeCode } from './address.ts'

function pageAt(href: string) {
  const history = { state: { scroll: 12 }, replaceState: vi.fn() }
  const page = { location: { href }, history } as unknown as Window
  return { page, history }
}

const PLACE = 'https://shop.example/kettles?colour=blue&homing=no'

describe('the code in an address', () => {
  test.each([
    ['alone', '#homing=abc-D_1', 'abc-D_1', ''],
    ['after a section', '#reviews&homing=abc', 'abc', '#reviews'],
    ['before a section', '#homing=abc&reviews', 'abc', '#reviews'],
    ['between others, which keep their order', '#b=2&homing=abc&a=1', 'abc', '#b=2&a=1'],
    ['after a route', '#/cart?step=2&homing=abc', 'abc', '#/cart?step=2'],
    ['after a second #', '#a#b&homing=abc', 'abc', '#a#b'],
    ['twice: the first counts, both go', '#homing=abc&homing=def', 'abc', ''],
    ['empty', '#homing=', undefined, ''],
    ['with signs of its own', '#homing=a=b%20c', 'a=b%20c', ''],
  ])('is taken out of it, and only the code: %s', (_, fragment, code, left) => {
    const { page, history } = pageAt(`${PLACE}${fragment}`)
    expect(takeCode(page)).toBe(code)
    expect(history.replaceState.mock.calls).toEqual([[{ scroll: 12 }, '', `${PLACE}${left}`]])
    expect(history.replaceState.mock.calls[0]?.[0]).toBe(history.state)
  })

  test.each(['', '#', '#reviews', '#nohoming=abc', '#/cart?homing=abc', '#HOMING=abc'])(
    'an address that has none stays as it is: “%s”',
    (fragment) => {
      const { page, history } = pageAt(`${PLACE}${fragment}`)
      expect(takeCode(page)).toBeUndefined()
      expect(history.replaceState).not.toHaveBeenCalled()
    },
  )

  test('counts on a page that may not change its address, too', () => {
    const { page, history } = pageAt(`${PLACE}#homing=abc`)
    history.replaceState.mockImplementation(() => {
      throw new DOMException('Not here.', 'SecurityError')
    })
    expect(takeCode(page)).toBe('abc')
  })
})
