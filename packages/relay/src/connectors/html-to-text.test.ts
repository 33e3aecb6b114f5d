import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlToText, maybeHtmlToText, textToHtml } from './html-to-text.ts'

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
  ['see <a href="https://a.test/b?x=1&amp;y=2">this</a>!', 'see this (https://a.test/b?x=1&y=2)!'],
  ['<a class="x" href=\'https://a.test/\'>a.test</a>', 'a.test'],
  ['<a href="https://a.test/pic"></a>', 'https://a.test/pic'],
  ['<a href="javascript:alert(1)">no</a>', 'no'],
  ['<a href="https://a.test"><b>bold</b></a>', 'bold'],
  ['it&rsquo;s &euro;5&hellip;', 'it’s €5…'],
])('%s', (html, text) => {
  expect(htmlToText(html)).toBe(text)
})

test.each([
  ['one\ntwo < three', 'one\ntwo < three'],
  ['<p>one</p>', 'one'],
  ['one<br>two', 'one\ntwo'],
  ['write it as a<b>c, he said\n', 'write it as a<b>c, he said'],
])('%j may be HTML', (given, text) => {
  expect(maybeHtmlToText(given)).toBe(text)
})

test('words survive the way to HTML and back', () => {
  expect(textToHtml(`<b>"it's" & so\r\non`)).toBe('&lt;b&gt;&quot;it&#39;s&quot; &amp; so<br>on')
  const words = fc.string({ unit: fc.constantFrom('a', '<', '>', '&', '"', "'", ';', '#', 'b/') })
  fc.assert(
    fc.property(words, (text) => {
      expect(htmlToText(textToHtml(text))).toBe(text)
    }),
  )
})

test('whatever comes, it ends: no pattern runs over the same letters again and again', () => {
  fc.assert(fc.property(fc.string(), (html) => typeof htmlToText(html) === 'string'))
  const pieces = ['<', '<script', '<!--', '<a ', '&amp', ' \n', '<style>', '<a>', '<a href="']
  for (const piece of pieces) {
    expect(htmlToText(piece.repeat(50_000)).length).toBeLessThanOrEqual(50_000 * piece.length)
    expect(typeof maybeHtmlToText(`</p>${piece.repeat(20_000)}`)).toBe('string')
  }
})
