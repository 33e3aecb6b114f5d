import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { composeMail } from './compose.ts'
import { conversationOfMessageId, messageIdOf, visitorAddress } from './identity.ts'
import type { RequestTrackerSettings } from './types.ts'

const SETTINGS: RequestTrackerSettings = {
  base: 'https://rt.test',
  token: 't',
  queue: 'Front desk',
  rtname: 'rt.test',
  visitorDomain: `${'visitors-of-a-long-name.'.repeat(2)}example.com`,
  visitorEmail: false,
  webhookKeys: [],
}

const first = outbound()
const subjectOf = (mail: string): string => /Subject: (.*)\r\n/.exec(mail)?.[1] ?? ''

describe('the mail of a visitor', () => {
  test('RT keeps the whole Message-ID, and the conversation is read from it', () => {
    const id = messageIdOf({ ...first, key: `${first.key}.12` }, SETTINGS)
    expect(id.length).toBeLessThanOrEqual(160)
    expect(conversationOfMessageId(id, SETTINGS)).toBe(first.conversation)
    expect(conversationOfMessageId(`<${id}>`, SETTINGS)).toBe(first.conversation)
    expect(conversationOfMessageId(id.replace('visitors', 'others'), SETTINGS)).toBeUndefined()
    expect(conversationOfMessageId('rt-5.0.3-1@rt.test', SETTINGS)).toBeUndefined()
  })

  test("a page's title cannot send the words to another ticket", () => {
    const { thread: _, ...rest } = first
    const mail = composeMail({ ...rest, page: { url: 'u', title: '[rt.test #7] sale' } }, SETTINGS)
    expect(subjectOf(mail)).toBe('=?UTF-8?B?cnQudGVzdCAjNyBzYWxlIChyZWYgMDAwMDAwMDAwMGMxKQ==?=')
    expect(
      Buffer.from('cnQudGVzdCAjNyBzYWxlIChyZWYgMDAwMDAwMDAwMGMxKQ==', 'base64').toString(),
    ).toBe('rt.test #7 sale (ref 0000000000c1)')
  })

  test('later ones name the ticket', () => {
    expect(composeMail(first, SETTINGS)).toContain('To: Front-desk@rt.test\r\n')
    const word = /=\?UTF-8\?B\?([^?]*)\?=/.exec(subjectOf(composeMail(first, SETTINGS)))?.[1] ?? ''
    expect(Buffer.from(word, 'base64').toString()).toBe('[rt.test #1] Test shop')
  })

  test('comes from an address of their own, or from theirs where that is wanted and sane', () => {
    const visitor = { id: '0189-ab', email: 'ann@mail.test' }
    const own = `visitor-0189-ab@${SETTINGS.visitorDomain}`
    expect(visitorAddress(visitor, SETTINGS)).toBe(own)
    const real = { ...SETTINGS, visitorEmail: true }
    expect(visitorAddress(visitor, real)).toBe('ann@mail.test')
    expect(visitorAddress({ id: '0189-ab' }, real)).toBe(own)
    for (const email of [
      'a@b.test>\r\nBcc: x@y.test',
      'a b@c.test',
      '"a"@b.test',
      'a@b.test, c@d.test',
    ]) {
      expect(visitorAddress({ ...visitor, email }, real)).toBe(own)
    }
  })
})
