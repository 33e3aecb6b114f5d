import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import type { OutgoingMail } from './mail-port.ts'
import { renderMail } from './render-mail.ts'

const MAIL: OutgoingMail = {
  from: { name: 'Ann via Test shop', address: 'chat+abc@shop.test' },
  to: 'support@desk.test',
  replyTo: 'chat+abc@shop.test',
  returnPath: 'chat+abc@shop.test',
  copyTo: 'nobody-sees-this@shop.test',
  messageId: 'abc.def@shop.test',
  inReplyTo: 'far@desk.test',
  subject: 'Blue mug',
  text: 'Hello',
  time: Date.UTC(2026, 0, 2, 3, 4, 5),
  headers: { 'X-Own': 'yes' },
}

const render = async (changes: Partial<OutgoingMail> = {}): Promise<string> =>
  Buffer.from(await renderMail({ ...MAIL, ...changes })).toString('latin1')
const namesIn = async (mail: string): Promise<readonly string[]> =>
  (await PostalMime.parse(Buffer.from(mail, 'latin1'))).headers.map(({ key }) => key).toSorted()

describe('C12: a mail says what it was given, and no more', () => {
  test('its headers are there, and the blind copy is not', async () => {
    const mail = await render()
    const read = await PostalMime.parse(mail)
    expect(read).toMatchObject({
      from: { name: 'Ann via Test shop', address: 'chat+abc@shop.test' },
      to: [{ address: 'support@desk.test' }],
      replyTo: [{ address: 'chat+abc@shop.test' }],
      messageId: '<abc.def@shop.test>',
      inReplyTo: '<far@desk.test>',
      references: '<far@desk.test>',
      subject: 'Blue mug',
      date: '2026-01-02T03:04:05.000Z',
      text: 'Hello\n',
    })
    expect(read.headers.find(({ key }) => key === 'x-own')?.value).toBe('yes')
    expect(mail).not.toContain('nobody-sees-this')
  })

  test('no name, subject, id, address or header value adds a header', async () => {
    const names = await namesIn(await render())
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.constantFrom(
        'a\r\nBcc: x@y.test',
        'a\nX: y',
        'a\r\n\r\nbody',
        'a\u2028Bcc: x@y.test',
        '=?UTF-8?Q?a=0D=0ABcc:_x@y.test?=',
        '"a" <x@y.test>, b',
      ),
    )
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => {
        const mail = await render({
          from: { name: text, address: `c@shop.test${text}` },
          subject: `s${text}`,
          to: `support@desk.test${text}`,
          replyTo: `chat@shop.test${text}`,
          messageId: `m${text}@x.test`,
          inReplyTo: `r${text}@x.test`,
          headers: { 'X-Own': `v${text}` },
        })
        expect(await namesIn(mail)).toEqual(names)
        const read = await PostalMime.parse(Buffer.from(mail, 'latin1'))
        expect([read.to, read.replyTo].map((list) => list?.length)).toEqual([1, 1])
        expect(read.bcc ?? read.cc).toBeUndefined()
        expect(read.text).toBe('Hello\n')
      }),
      { numRuns: 60 },
    )
  })

  test('every text arrives as it was', async () => {
    const texts = [
      'grüezi 👋 你好',
      '.\n..\n.',
      'file:///etc/passwd',
      'x'.repeat(3_000),
      'a\n\n  b  \nc',
    ]
    for (const text of texts) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const read = await PostalMime.parse(await render({ text }))
      expect(read.text?.trimEnd()).toBe(text.trimEnd())
    }
  })
})
