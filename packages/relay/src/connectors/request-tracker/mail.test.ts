import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeMail } from './mail.ts'

const MAIL = {
  from: { name: 'Ann', address: 'visitor-1@visitors.test' },
  to: 'General@rt.test',
  subject: 'Hello',
  messageId: 'homing.a.b@visitors.test',
  time: Date.UTC(2026, 0, 2, 3, 4, 5),
  text: 'Hello',
}

/** Unfolds, and decodes the words of RFC 2047. */
function headersOf(mail: string): ReadonlyMap<string, string> {
  const head = mail.slice(0, mail.indexOf('\r\n\r\n')).replace(/\r\n[ \t]/g, ' ')
  return new Map(
    head.split('\r\n').map((line) => {
      const at = line.indexOf(':')
      const value = line
        .slice(at + 2)
        .replace(/\?= =\?UTF-8\?B\?/g, '?==?UTF-8?B?')
        .replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, text: string) =>
          Buffer.from(text, 'base64').toString('utf8'),
        )
      return [line.slice(0, at), value]
    }),
  )
}

function bodyOf(mail: string): string {
  return Buffer.from(mail.slice(mail.indexOf('\r\n\r\n')), 'base64').toString('utf8')
}

describe('a mail', () => {
  test('has the headers RFC 5322 asks for', () => {
    expect(Object.fromEntries(headersOf(writeMail(MAIL)))).toEqual({
      From: 'Ann <visitor-1@visitors.test>',
      To: 'General@rt.test',
      Subject: 'Hello',
      'Message-ID': '<homing.a.b@visitors.test>',
      Date: 'Fri, 02 Jan 2026 03:04:05 +0000',
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Transfer-Encoding': 'base64',
    })
  })

  test('no subject and no name can add a header, and both arrive as they were', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 150 }),
      fc.constantFrom(
        'a\r\nBcc: x@y.test',
        'a\nX: y',
        'a\r\n\r\nbody',
        '=?UTF-8?B?QQ==?=',
        '<a@b>, "c',
      ),
    )
    const names = [...headersOf(writeMail(MAIL)).keys()]
    fc.assert(
      fc.property(nasty, nasty, (subject, name) => {
        const mail = writeMail({ ...MAIL, subject, from: { name, address: MAIL.from.address } })
        const headers = headersOf(mail)
        expect([...headers.keys()]).toEqual(names)
        // oxlint-disable-next-line no-control-regex -- what the writer turns into a space
        const line = subject.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
        expect(headers.get('Subject')).toBe(line)
        // oxlint-disable-next-line no-control-regex -- a mail is ASCII
        expect(mail).toMatch(/^[\x00-\x7f]*$/)
        for (const written of mail.split('\r\n')) expect(written.length).toBeLessThanOrEqual(78)
      }),
    )
  })

  test('an address cannot bring anything along', () => {
    const address = 'a@b.test>\r\nBcc: <c@d.test'
    const mail = writeMail({ ...MAIL, from: { name: 'x', address } })
    expect(headersOf(mail).get('From')).toBe('x <a@b.testBcc:c@d.test>')
    expect(headersOf(mail).has('Bcc')).toBe(false)
  })

  test('every text arrives, in lines short enough', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        expect(bodyOf(writeMail({ ...MAIL, text }))).toBe(text.replace(/\r\n?/g, '\n'))
      }),
    )
    expect(bodyOf(writeMail({ ...MAIL, text: '.\r\n.\rx' }))).toBe('.\n.\nx')
  })
})
