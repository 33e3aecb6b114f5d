import type { Entry } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { MailErrorKind, MailPort, OutgoingMail } from '../../mail/mail-port.ts'
import { MailError } from '../../mail/mail-port.ts'
import type { ConnectorIo, Fact, Outbound, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { addressOf, messageIdOf, tokenOf } from './address.ts'
import { MARKER } from './cut-quotes.ts'
import { email } from './index.ts'

const NOW = 1_790_000_000_000
const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const OTHER = '01890000-0000-7000-8000-0000000000c2'
const KEY = '01890000-0000-7000-8000-0000000000d9'
const GIVEN = {
  desk: 'support@desk.test',
  address: 'chat@shop.test',
  secret: 'a secret of the contract',
  smtpHost: 'mail.shop.test',
  imapHost: 'mail.shop.test',
  imapUser: 'chat',
  imapPassword: 'token of the mailbox',
}
const SETTINGS = settingsOf(GIVEN)
const ADDRESS = addressOf(CONVERSATION, SETTINGS)
const TOKEN = tokenOf(CONVERSATION, SETTINGS)

connectorContract({
  connector: email,
  settings: () => GIVEN,
  required: ['desk', 'address', 'secret', 'smtpHost', 'imapHost', 'imapUser'],
  wrong: {
    desk: 'support',
    address: 'Chat room <chat@shop.test>',
    secret: 'short secret',
    agents: ['not an address'],
    quietSeconds: '1000',
    copies: 'yes',
    smtpHost: 'mail.shop.test/x',
    smtpSecurity: 'ssl',
    imapHost: 'mail.shop.test:99999',
    imapSecurity: 'maybe',
  },
})

describe('email: settings', () => {
  test('ports follow the encryption, unless they are given', () => {
    expect(SETTINGS.smtp).toEqual({ host: 'mail.shop.test', port: 587, security: 'starttls' })
    expect(SETTINGS.imap).toMatchObject({ port: 993, security: 'tls', folder: 'INBOX' })
    const other = settingsOf({ ...GIVEN, smtpSecurity: 'tls', imapHost: '[::1]:1143' })
    expect(other.smtp.port).toBe(465)
    expect(other.imap).toMatchObject({ host: '[::1]', port: 1143 })
  })

  test('the quiet time and the copies change what the relay may do', () => {
    const parsed = email.configure({ ...GIVEN, quietSeconds: '45', copies: false })
    expect(parsed).toMatchObject({ ok: true, capabilities: { gatherMs: 45_000, reconcile: false } })
    expect(email.configure(GIVEN)).toMatchObject({
      capabilities: { gatherMs: 20_000, reconcile: true },
    })
  })

  test('a name too long for a token behind it is told, and so is a desk that is ourselves', () => {
    for (const wrong of [
      { address: `${'x'.repeat(25)}@shop.test` },
      { desk: 'Chat@Shop.test' },
      { smtpUser: 'relay' },
    ]) {
      expect(email.configure({ ...GIVEN, ...wrong }).ok, JSON.stringify(wrong)).toBe(false)
    }
  })
})

describe('email: C10: sending', () => {
  test('the first mail opens with the transcript and the card, from the own address of the conversation', async () => {
    const { mails, io } = far()
    const receipt = await email.send(
      opening({
        before: [said(1, 'earlier words')],
        omitted: 2,
        page: { url: 'https://shop.test/p', title: 'Blue mug [desk #7]' },
        visitor: { id: CONVERSATION, name: 'Ann\r\nBcc: x@y.test', email: 'ann@mail.test' },
      }),
      SETTINGS,
      io,
    )
    expect(mails[0]).toMatchObject({
      to: 'support@desk.test',
      replyTo: ADDRESS,
      returnPath: ADDRESS,
      copyTo: ADDRESS,
      messageId: `${TOKEN}.${KEY}@shop.test`,
      subject: 'Blue mug desk 7 (7F3A)',
      time: NOW,
    })
    expect(mails[0]?.from).toEqual({ name: 'Ann Bcc: x@y.test via Test shop', address: ADDRESS })
    expect(mails[0]?.inReplyTo).toBeUndefined()
    const text = mails[0]?.text ?? ''
    expect(text.startsWith(`${MARKER}\n\n(2 earlier messages are left out)\n`)).toBe(true)
    expect(text).toMatch(
      /earlier words[\s\S]*----[\s\S]*the words[\s\S]*Address: https:\/\/shop\.test\/p/,
    )
    expect(text).toContain('E-mail: ann@mail.test')
    expect(text).toContain(`https://relay.test/console#/c/${CONVERSATION}`)
    expect(receipt).toEqual({ externalIds: [mails[0]?.messageId], thread: TOKEN })
  })

  test('a later one answers what came back, and has the words alone', async () => {
    const { mails, io } = far()
    const thread = `${TOKEN} far-1@desk.test [desk.test #12] Blue mug (7F3A)`
    const changes = { thread, more: [said(3, 'and more')] }
    const receipt = await email.send(opening(changes), SETTINGS, io)
    expect(mails[0]).toMatchObject({
      subject: 'Re: [desk.test #12] Blue mug (7F3A)',
      inReplyTo: 'far-1@desk.test',
      text: `${MARKER}\n\nthe words\nand more\n`,
    })
    expect(receipt.thread).toBe(thread)
  })

  test('before anything came back the subject stays the same', async () => {
    const { mails, io } = far()
    const page = { url: 'https://shop.test/p', title: 'Blue mug' }
    await email.send(opening({ page }), SETTINGS, io)
    await email.send(opening({ page, thread: TOKEN }), SETTINGS, io)
    expect(mails[1]?.subject).toBe(mails[0]?.subject)
  })

  test('the same key is the same id on every try', async () => {
    const { mails, io } = far()
    await email.send(opening({ thread: TOKEN }), SETTINGS, io)
    await email.send(opening({ thread: TOKEN }), SETTINGS, io)
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1)
  })

  test("others' words are named, and a change of status alone is no mail", async () => {
    const { mails, io } = far()
    const agent = { role: 'agent', id: 'a', name: 'Mia' } as const
    const entry = { ...said(2, 'from the console'), author: agent }
    await email.send(opening({ thread: TOKEN, entry }), SETTINGS, io)
    expect(mails[0]?.text).toContain('Mia: from the console')
    const status = { ...entry, body: { type: 'status', status: 'resolved' } } as const
    expect(await email.send(opening({ thread: TOKEN, entry: status }), SETTINGS, io)).toEqual({
      externalIds: [],
      thread: TOKEN,
    })
    expect(mails).toHaveLength(1)
  })

  test.each([
    ['unreachable', 'retry'],
    ['later', 'retry'],
    ['broken-off', 'unknown'],
    ['login-refused', 'needs-reauth'],
    ['sender-refused', 'needs-reauth'],
    ['recipient-refused', 'needs-reauth'],
    ['content-refused', 'bad-content'],
  ] satisfies [MailErrorKind, SendFailure][])('%s is %s', async (kind, failure) => {
    const { io } = far({ submit: () => Promise.reject(new MailError(kind, 'the server says so')) })
    expect(await failureOf(email.send(opening({}), SETTINGS, io))).toBe(failure)
  })

  test('without a way to mail servers it waits', async () => {
    const { mail: _none, ...io } = far().io
    expect(await failureOf(email.send(opening({}), SETTINGS, io))).toBe('retry')
  })
})

describe('email: C10: what may have left is looked up in our own mailbox', () => {
  const reconcile = (there: boolean, now = NOW + 1_000, settings = SETTINGS) =>
    email.reconcile(opening({}), settings, {
      ...far({ has: (_box, id) => Promise.resolve(there && id === `${TOKEN}.${KEY}@shop.test`) })
        .io,
      now,
    })

  test('its copy is there: it left', async () => {
    expect(await reconcile(true)).toEqual({
      externalIds: [`${TOKEN}.${KEY}@shop.test`],
      thread: TOKEN,
    })
  })

  test('not yet: unsure; not after minutes: it did not leave', async () => {
    expect(await reconcile(false)).toBe('unsure')
    expect(await reconcile(false, NOW + 6 * 60_000)).toBe('absent')
  })

  test('without copies nobody knows', async () => {
    const settings = settingsOf({ ...GIVEN, copies: false })
    expect(await reconcile(false, NOW + 6 * 60_000, settings)).toBe('unsure')
    const { mails, io } = far()
    await email.send(opening({}), settings, io)
    expect(mails[0]?.copyTo).toBeUndefined()
  })
})

describe('email: C11: what comes back', () => {
  test("an agent's answer is a message of that conversation, and teaches the thread", async () => {
    const facts = await told(raw({ subject: 'Re: [desk.test #12] Blue mug' }))
    expect(facts).toEqual([
      {
        kind: 'moved',
        event: 'moved far-1@desk.test',
        where: { thread: TOKEN },
        thread: `${TOKEN} far-1@desk.test [desk.test #12] Blue mug`,
      },
      {
        kind: 'message',
        event: `far-1@desk.test ${CONVERSATION.slice(-12)}`,
        externalId: `far-1@desk.test ${CONVERSATION.slice(-12)}`,
        where: { conversation: CONVERSATION },
        author: { role: 'agent', id: expect.stringMatching(/^mail-[0-9a-f]{24}$/), name: 'Mia' },
        body: { type: 'text', text: 'Yes, it is.' },
        echo: false,
      },
    ])
    expect(JSON.stringify(facts)).not.toContain('support@')
  })

  test('the same mail twice is one fact; one copy for each of two conversations are two', async () => {
    const [first, second] = [await told(raw()), await told(raw(), 9)]
    expect(first.map(({ event }) => event)).toEqual(second.map(({ event }) => event))
    const other = raw({ headers: [`Delivered-To: ${addressOf(OTHER, SETTINGS)}`] })
    const [, elsewhere] = await told(other)
    expect(elsewhere).toMatchObject({ where: { conversation: OTHER } })
    expect(elsewhere?.event).not.toBe(first[1]?.event)
  })

  test('two copies without a Message-ID are one, two mails are two', async () => {
    const without = (text: string) => raw({ text }).replace(/^Message-ID:.*\r\n/m, '')
    const [one] = await told(without('Yes.'))
    const [again] = await told(without('Yes.'), 9)
    const [other] = await told(without('No.'))
    expect(one?.kind).toBe('message')
    expect(again?.event).toBe(one?.event)
    expect(other?.event).not.toBe(one?.event)
  })

  test('a desk that lost the address is understood by the mail it answers', async () => {
    const id = messageIdOf(CONVERSATION, KEY, SETTINGS)
    const headers = [`References: <x@y.test> <${id}>`]
    expect(await told(raw({ to: 'chat@shop.test', headers }))).toHaveLength(2)
    expect(await told(raw({ to: 'chat@shop.test' }))).toEqual([])
  })

  test.each([
    ['an answer by a machine', ['Auto-Submitted: auto-replied']],
    ['a machine that adds a word', ['Auto-Submitted: auto-generated; owner-email="x@y.test"']],
    ['a holiday note of old', ['Precedence: auto_reply']],
    ['a holiday note of another kind', ['X-Autoreply: yes']],
    ['no return path', ['Return-Path: <>']],
  ])('%s says nothing', async (_what, headers) => {
    expect(await told(raw({ headers }))).toEqual([])
  })

  test("a machine's mail with a tag teaches it all the same", async () => {
    const headers = ['Auto-Submitted: auto-replied', 'Precedence: bulk']
    expect(await told(raw({ subject: '[desk.test #12] AutoReply: Hi', headers }))).toMatchObject([
      { kind: 'moved', thread: `${TOKEN} far-1@desk.test [desk.test #12] AutoReply: Hi` },
    ])
  })

  test('"Precedence: bulk" alone is a person: Request Tracker sets it on all it sends', async () => {
    const headers = ['Precedence: bulk', 'Auto-Submitted: no']
    expect((await told(raw({ headers }))).map(({ kind }) => kind)).toEqual(['moved', 'message'])
  })

  test('what we sent ourselves is nothing, copy or circle', async () => {
    const id = messageIdOf(CONVERSATION, KEY, SETTINGS)
    expect(await told(raw({ id }))).toEqual([])
    expect(await told(raw({ headers: [`X-Homing-Conversation: ${CONVERSATION}`] }))).toEqual([])
  })

  test('a mail without words is nothing, and garbage neither', async () => {
    expect(
      (await told(raw({ text: `\r\n> ${MARKER}\r\n> old\r\n` }))).map(({ kind }) => kind),
    ).toEqual(['moved'])
    for (const bytes of ['', '\0\0\0', 'x'.repeat(300_000), '\r\n\r\n', 'From: \r\nTo: ,,,']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await told(bytes)).toEqual([])
    }
  })

  test('a mail of HTML alone is plain text', async () => {
    const text = `<p>Yes &amp; <b>no</b></p><div>${MARKER}</div><p>old</p>`
    const [, message] = await told(raw({ text, type: 'text/html; charset=utf-8' }))
    expect(message).toMatchObject({ body: { text: 'Yes & no' } })
  })

  test('files are told by place, logos are not, and `media` gets the bytes', async () => {
    const mail = mixed()
    const [, message] = await told(mail, 7)
    expect(message).toMatchObject({
      body: { text: 'See the file.' },
      media: [{ reference: '5/7/1', name: 'list.csv', type: 'text/csv' }],
    })
    const read = { read: () => Promise.resolve(Buffer.from(mail)) }
    const got = await email.media('5/7/1', SETTINGS, far(read).io)
    expect(got).toMatchObject({ type: 'text/csv', name: 'list.csv' })
    expect(Buffer.from(got.bytes).toString()).toBe('a,b\n')
    const gone = email.media('5/7/1', SETTINGS, far().io)
    expect(await failureOf(gone)).toBe('bad-content')
    expect(await failureOf(email.media('../1', SETTINGS, far(read).io))).toBe('bad-content')
  })

  test('of a mail that was too large there are the words, and a word on the rest', async () => {
    const mail = mixed()
    const facts = await told(mail.slice(0, mail.indexOf('a,b')), 7, true)
    expect(facts[1]).toMatchObject({
      body: { text: 'See the file.\n📎 (too large to be taken along)' },
    })
    expect(facts[1]).not.toHaveProperty('media')
  })
})

describe('email: C12: who may answer', () => {
  const from = (sender: string, given: object = {}, headers: readonly string[] = []) =>
    told(raw({ from: sender, headers }), 7, false, settingsOf({ ...GIVEN, ...given }))

  test('the desk alone, unless others are listed', async () => {
    expect(await from('Mia <Support@Desk.test>')).toHaveLength(2)
    expect(await from('Mia <mia@desk.test>')).toEqual([])
    expect(await from('Mia <mia@desk.test>', { agents: ['desk.test'] })).toHaveLength(2)
    expect(await from('Mia <mia@desk.test>', { agents: ['mia@desk.test'] })).toHaveLength(2)
    expect(await from('Mia <mia@sub.desk.test>', { agents: ['desk.test'] })).toEqual([])
    expect(await from('"support@desk.test" <evil@x.test>')).toEqual([])
  })

  test('two senders are nobody', async () => {
    expect(await from('a <support@desk.test>, b <evil@x.test>')).toEqual([])
    expect(await from('a <support@desk.test>\r\nFrom: b <evil@x.test>')).toEqual([])
  })

  test.each([
    ['mx.shop.test; dmarc=pass header.from=desk.test', 2],
    ['mx.shop.test (v1); spf=pass; dmarc=pass (p=none) header.from=desk.test', 2],
    ['MX.shop.test 1; dmarc=pass', 2],
    ['mx.shop.test; dmarc=fail header.from=desk.test', 0],
    ['mx.shop.test; dmarc=pass header.from=evil.test', 0],
    ['mx.shop.test; spf=pass (dmarc=pass) smtp.mailfrom=x', 0],
    ['mx.shop.test; spf=fail (said; dmarc=pass) smtp.mailfrom=x', 0],
    ['other.test; dmarc=pass header.from=desk.test', 0],
    ['mx.shop.test.evil.test; dmarc=pass', 0],
    ['mx.shop.test; none', 0],
  ])('with DMARC asked for, "%s" gives %i facts', async (value, count) => {
    const headers = [`Authentication-Results: ${value}`]
    const sender = 'Mia <support@desk.test>'
    expect(await from(sender, { authority: 'mx.shop.test' }, headers)).toHaveLength(count)
  })

  test('a word of our server that came along below its own does not count', async () => {
    const headers = [
      'Authentication-Results: mx.shop.test; dmarc=fail',
      'Authentication-Results: mx.shop.test; dmarc=pass',
    ]
    const given = { authority: 'mx.shop.test' }
    expect(await from('Mia <support@desk.test>', given, headers)).toEqual([])
    expect(await from('Mia <support@desk.test>', given)).toEqual([])
  })
})

describe('email: C9: a mail that came back', () => {
  const id = messageIdOf(CONVERSATION, KEY, SETTINGS)

  test.each([
    ['5.1.1', 'bad-recipient'],
    ['5.2.2', 'bad-recipient'],
    ['5.7.1', 'bad-content'],
  ])('%s is %s, told by its Message-ID', async (status, failure) => {
    expect(await told(bounce(id, status))).toMatchObject([
      {
        kind: 'receipt',
        where: { conversation: CONVERSATION },
        externalId: id,
        key: KEY,
        state: 'failed',
        failure,
        reason: `the mail came back (${status})`,
      },
    ])
  })

  test("a delay is not yet a failure, and another's mail is none of ours", async () => {
    expect(await told(bounce(id, '4.4.1', 'delayed'))).toEqual([])
    expect(await told(bounce('x.y@shop.test', '5.1.1'))).toEqual([])
    expect(await told(bounce(id.replace(/^./, '2'), '5.1.1'))).toEqual([])
  })
})

describe('email: C11: the cursor', () => {
  test('the first look begins at the end; a broken cursor too', async () => {
    const asked: unknown[] = []
    const port = far({
      collect: (_box, after, since) => {
        asked.push(after, since)
        return Promise.resolve({ mails: [], position: { validity: '5', uid: 9 } })
      },
    })
    for (const cursor of [undefined, 'x', '{"uid":1}', '{"validity":"5","uid":9}']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { cursor: next } = await email.poll(cursor, SETTINGS, port.io)
      expect(next).toBe('{"validity":"5","uid":9}')
    }
    const since = NOW - 3 * 24 * 3_600_000
    const known = { validity: '5', uid: 9 }
    expect(asked).toEqual([undefined, since, undefined, since, undefined, since, known, since])
  })

  test('a mailbox that cannot be read is a failed look', async () => {
    const collect = () => Promise.reject(new MailError('login-refused', 'no'))
    expect(await failureOf(email.poll(undefined, SETTINGS, far({ collect }).io))).toBe(
      'needs-reauth',
    )
  })
})

describe('email: the doctor', () => {
  test('says what to mend, in the order things are set up, and sends itself a mail', async () => {
    const { mails, io } = far({ has: () => Promise.resolve(true) })
    const fine = await email.doctor(SETTINGS, io)
    expect(fine.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok'])
    expect(mails[0]).toMatchObject({ headers: { 'Auto-Submitted': 'auto-generated' } })
    expect(mails[0]?.to).toMatch(/^chat\+[a-z2-7]{39}@shop\.test$/)
    // What it sent is nothing to anybody.
    expect(await told(raw({ id: mails[0]?.messageId ?? '' }))).toEqual([])

    const lost = await email.doctor(SETTINGS, far().io)
    expect(lost.at(-1)).toMatchObject({ level: 'problem' })
    const refuse = () => Promise.reject(new MailError('login-refused', 'it refuses the login'))
    const closed = await email.doctor(SETTINGS, far({ greet: refuse, collect: refuse }).io)
    expect(closed.map(({ level }) => level)).toEqual(['problem', 'problem'])
    for (const { message } of [...fine, ...lost, ...closed])
      expect(message).toMatch(/^[A-Z].{10,}[.)]$/s)
  })
})

function settingsOf(given: object) {
  const parsed = email.configure(given)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** Mail servers in the test's hands. */
function far(changes: Partial<MailPort> = {}): { mails: OutgoingMail[]; io: ConnectorIo } {
  const mails: OutgoingMail[] = []
  const mail: MailPort = {
    submit: (sent) => {
      mails.push(sent)
      return Promise.resolve()
    },
    greet: () => Promise.resolve(),
    collect: () => Promise.resolve({ mails: [], position: { validity: '5', uid: 1 } }),
    read: () => Promise.resolve(undefined),
    has: () => Promise.resolve(false),
    ...changes,
  }
  const fetch = () => Promise.reject(new Error('mail needs no fetch'))
  return { mails, io: { fetch, mail, signal: new AbortController().signal, now: NOW } }
}

async function told(
  mail: string,
  uid = 7,
  cut = false,
  settings = SETTINGS,
): Promise<readonly Fact[]> {
  const place = { validity: '5', uid }
  const collect: MailPort['collect'] = () =>
    Promise.resolve({ mails: [{ place, bytes: Buffer.from(mail), cut }], position: place })
  const cursor = '{"validity":"5","uid":1}'
  return (await email.poll(cursor, settings, far({ collect }).io)).facts
}

async function failureOf(work: Promise<unknown>): Promise<SendFailure | undefined> {
  const error: unknown = await work.catch((caught: unknown) => caught)
  return error instanceof SendError ? error.failure : undefined
}

function said(seq: number, text: string): Entry {
  return {
    seq,
    id: `01890000-0000-7000-8000-0000000000e${seq}`,
    author: { role: 'visitor', id: CONVERSATION },
    time: NOW,
    body: { type: 'text', text },
  }
}

function opening(changes: Partial<Outbound>): Outbound {
  const { thread: _thread, ...first } = outbound({ entry: said(2, 'the words') })
  return { ...first, ...changes }
}

interface RawMail {
  readonly from: string
  readonly to: string
  readonly id: string
  readonly subject: string
  readonly text: string
  readonly type: string
  readonly headers: readonly string[]
}

function raw(given: Partial<RawMail> = {}): string {
  const mail = {
    from: '"Mia via Desk" <support@desk.test>',
    to: ADDRESS,
    id: 'far-1@desk.test',
    subject: 'Re: Blue mug',
    text: 'Yes, it is.\r\n',
    type: 'text/plain; charset=utf-8',
    headers: [],
    ...given,
  }
  return [
    ...mail.headers,
    `From: ${mail.from}`,
    `To: ${mail.to}`,
    `Message-ID: <${mail.id}>`,
    `Subject: ${mail.subject}`,
    `Content-Type: ${mail.type}`,
    '',
    mail.text,
  ].join('\r\n')
}

/** Words, a file, and the logo of a signature. */
function mixed(): string {
  const text = [
    '--b',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: text/html',
    '',
    '<p>See the file.</p><img src="cid:logo">',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <logo>',
    'Content-Disposition: inline; filename=logo.png',
    '',
    'tiny',
    '--r--',
    '--b',
    'Content-Type: text/csv',
    'Content-Disposition: attachment; filename=list.csv',
    '',
    'a,b',
    '--b--',
  ]
  return raw({ type: 'multipart/mixed; boundary=b', text: text.join('\r\n') })
}

function bounce(id: string, status: string, action = 'failed'): string {
  const text = [
    '--b',
    'Content-Type: text/plain',
    '',
    'Sorry.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.desk.test',
    '',
    `Action: ${action}`,
    'Final-Recipient: rfc822;support@desk.test',
    `Status: ${status}`,
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    `Message-ID: <${id}>`,
    'Subject: Hi',
    '',
    'the words',
    '--b--',
  ]
  return raw({
    from: 'MAILER-DAEMON@mx.desk.test',
    type: 'multipart/report; report-type=delivery-status; boundary=b',
    headers: ['Return-Path: <>', 'Auto-Submitted: auto-replied'],
    text: text.join('\r\n'),
  })
}
