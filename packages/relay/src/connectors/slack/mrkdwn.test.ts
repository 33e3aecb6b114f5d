import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../../test/slack-rig.ts'
import { emojiOf, escape, link, toPlain } from './mrkdwn.ts'

describe('slack: markup', () => {
  test.each([
    ['&lt;b&gt; &amp;amp;', '<b> &amp;'],
    ['<https://a.test/?x=1&amp;y=2>', 'https://a.test/?x=1&y=2'],
    ['<https://a.test|our page>', 'our page (https://a.test)'],
    ['<http://a.test|a.test>', 'a.test'],
    ['<mailto:ann@a.test|ann@a.test>', 'ann@a.test'],
    ['<tel:+411234|call us>', 'call us (+411234)'],
    ['<@U0MIA00001> <@U9|zoe> <@U9>', '@Mia @zoe @U9'],
    ['<#C1|general> <#C1>', '#general #C1'],
    ['<!here> <!channel> <!subteam^S1|@team> <!subteam^S1>', '@here @channel @team @subteam'],
    ['<!date^1^{date}|1 January>', '1 January'],
    [':wave: :wave::skin-tone-4: :custom: 12:30:45 a::b', '👋 👋 :custom: 12:30:45 a::b'],
  ])('%s is read as %s', (text, plain) => {
    const emoji = new Map([[':wave:', '👋']])
    expect(toPlain(text, SETTINGS.agents, emoji)).toBe(plain)
  })

  test("a visitor's words come back as they went, and call nobody", () => {
    const words = 'a < b && c > d <!channel> <@U0MIA00001> &lt; 👋'
    expect(escape(words)).not.toMatch(/[<>]/)
    expect(toPlain(escape(words), new Map(), new Map())).toBe(words)
    expect(link('https://a.test/<x>|y', 'a|b\nc>')).toBe('<https://a.test/%3Cx%3E%7Cy|a b c&gt;>')
  })

  test('emoji are read from blocks of any shape, and absurd ones are left', () => {
    const deep = { elements: [{ elements: [{ type: 'emoji', name: 'a', unicode: '110000000' }] }] }
    expect(emojiOf(deep).size).toBe(0)
    expect(
      emojiOf([{ elements: [{ type: 'emoji', name: 'a', unicode: '1f600' }] }]).get(':a:'),
    ).toBe('😀')
    expect(emojiOf('x').size).toBe(0)
  })
})
