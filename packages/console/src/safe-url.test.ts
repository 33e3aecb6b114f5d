import { expect, it } from 'vitest'

import { safeUrl } from './safe-url.ts'

it('XSS: a page’s address is a link only with http or https', () => {
  expect(safeUrl('https://shop.example.com/shoes?x=1')).toEqual({
    href: 'https://shop.example.com/shoes?x=1',
    label: 'shop.example.com/shoes',
  })
  expect(safeUrl('http://shop.example.com/')?.label).toBe('shop.example.com')
})

it.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://shop.example.com/x',
  '//shop.example.com',
  'shop.example.com',
  'https://',
  '',
  undefined,
])('XSS: %j is no link', (text) => {
  expect(safeUrl(text)).toBeUndefined()
})
