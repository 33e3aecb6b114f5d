import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlToText } from './plain-text.ts'

test.each([
  ['<p>Yes &amp; it <b>is</b></p><p>blue</p>', 'Yes & it is\n\nblue'],
  ['one<br>two<br/>three', 'one\ntwo\nthree'],
  ['<ul><li>a</li><li>b</li></ul>', '• a\n• b'],
  ['5 < 6 and 7 > 3', '5 < 6 and 7 > 3'],
  ['<script>alert(1)</script>hi<style>p{}</style>', 'hi'],
  ['<script>never closed', ''],
  ['a<!-- secret -->b', 'ab'],
  ['&#x1F44B; &#104;i &unknown; &#0;', '👋 hi &unknown; &#0;'],
  ['&lt;b&gt; stays text', '<b> stays text'],
  ['  much \n\n  space  ', 'much space'],
])('%s', (html, text) => {
  expect(htmlToText(html)).toBe(text)
})

test('whatever comes, it ends: no pattern runs over the same letters again and again', () => {
  fc.assert(fc.property(fc.string(), (html) => typeof htmlToText(html) === 'string'))
  for (const piece of ['<', '<script', '<!--', '<a ', '&amp', ' \n', '<style>']) {
    expect(htmlToText(piece.repeat(50_000)).length).toBeLessThanOrEqual(50_000 * piece.length)
  }
})
