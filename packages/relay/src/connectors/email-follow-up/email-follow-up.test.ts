import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { MailErrorKind, MailPort, OutgoingMail } from '../../mail/mail-port.ts'
import { MailError } from '../../mail/mail-port.ts'
import type { ConnectorIo, Outbound, SendFailure } from '../connector.ts'
import { emailFollowUp } from './index.ts'

const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'
const GIVEN = {
  from: 'Hello@Lamps.test',
  page: 'https://lamps.test/start#top',
  smtpHost: 'mail.lamps.test',
}

connectorContract({
  connector: emailFollowUp,
  settings: () => GIVEN,
  required: ['from', 'page', 'smtpHost'],
  wrong: {
    from: 'Lamps <hello@lamps.test>',
    page: 'lamps.test',
    afterMinutes: '1441',
    replyTo: 'support',
    smtpHost: 'mail.lamps.test/x',
    smtpSecurity: 'ssl',
  },
})

const settingsOf = (input: object = GIVEN) => {
  const parsed = emailFollowUp.configure(input)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function far(failure?: MailErrorKind) {
  const mails: OutgoingMail[] = []
  const mail = {
    submit: (sent: OutgoingMail) => {
      if (failure) return Promise.reject(new MailError(failure, 'no'))
      mails.push(sent)
      return Promise.resolve()
    },
  } as Partial<MailPort> as MailPort
  const io: ConnectorIo = {
    fetch: () => Promise.reject(new Error('nothing of the web')),
    mail,
    signal: new AbortController().signal,
    now: 1_790_000_000_000,
  }
  return { mails, io }
}

const said = (text: string, name?: string, seq = 2): Outbound['entry'] => ({
  seq,
  id: KEY,
  author: { role: 'agent', id: 'grace', ...(name === undefined ? {} : { name }) },
  time: 1_790_000_000_000,
  body: { type: 'text', text },
})

const missed = (over: Partial<Outbound> = {}): Outbound =>
  outbound({
    key: KEY,
    conversation: CONVERSATION,
    role: 'reach',
    entry: said('Yes, in ochre.', 'Grace'),
    thread: `anna@example.com ${CONVERSATION}`,
    visitor: { id: 'anna' },
    site: { key: 'pk_lamps', name: 'Lamps', accent: '#ffe14d' },
    links: { resume: 'CODE', stop: 'https://relay.test/v1/follow-up/mails/stop/CODE' },
    ...over,
  })

async function mailFor(over: Partial<Outbound> = {}, input: object = GIVEN): Promise<OutgoingMail> {
  const { mails, io } = far()
  const receipt = await emailFollowUp.send(missed(over), settingsOf(input), io)
  const [mail] = mails
  if (!mail) throw new Error('nothing was sent')
  expect(receipt).toEqual({ externalIds: [mail.messageId] })
  return mail
}

describe('settings', () => {
  test('the minutes say how long an answer waits for its reader, and for others', () => {
    expect(emailFollowUp.configure(GIVEN)).toMatchObject({ capabilities: { gatherMs: 600_000 } })
    const soon = emailFollowUp.configure({ ...GIVEN, afterMinutes: '0.5' })
    expect(soon).toMatchObject({ capabilities: { gatherMs: 30_000 } })
  })

  test('replies go to the sender, unless it is said', () => {
    expect(settingsOf()).toMatchObject({ from: 'hello@lamps.test', replyTo: 'hello@lamps.test' })
    expect(settingsOf({ ...GIVEN, replyTo: 'desk@lamps.test' }).replyTo).toBe('desk@lamps.test')
  })
})

describe('a mail', () => {
  test('has the answers, who gave them, the way back, and nothing of the visitor’s own', async () => {
    const mail = await mailFor({
      more: [said('And in moss.', 'Grace', 3)],
      before: [
        {
          ...said('is my secret 4711 safe?', undefined, 1),
          author: { role: 'visitor', id: 'anna' },
        },
      ],
      visitor: { id: 'anna', name: 'Anna Private' },
    })
    expect(mail).toMatchObject({
      from: { name: 'Lamps', address: 'hello@lamps.test' },
      to: 'anna@example.com',
      replyTo: 'hello@lamps.test',
      subject: 'Lamps answered you',
      messageId: `${KEY}@lamps.test`,
    })
    for (const form of [mail.text, mail.html ?? '']) {
      expect(form).toContain('Grace answered you:')
      expect(form.indexOf('Yes, in ochre.')).toBeGreaterThan(0)
      expect(form.indexOf('And in moss.')).toBeGreaterThan(form.indexOf('Yes, in ochre.'))
      expect(form).toContain('https://lamps.test/start#homing=CODE')
      expect(form).toContain('https://relay.test/v1/follow-up/mails/stop/CODE')
      expect(form).not.toMatch(/4711|Private|anna@/)
    }
  })

  test('answers of several are the shop’s', async () => {
    const mail = await mailFor({ more: [said('And in moss.', 'Ada', 3)] })
    expect(mail.text).toContain('Lamps answered you:')
    expect((await mailFor({ entry: said('Yes.') })).text).toContain('Lamps answered you:')
  })

  test('leads to the page of the conversation where the site lists it', async () => {
    const stop = 'https://relay.test/stop'
    const page = 'https://shop.lamps.test/lamps/two?size=3#reviews'
    const mail = await mailFor({ links: { resume: 'CODE', stop, page } })
    expect(mail.text).toContain('https://shop.lamps.test/lamps/two?size=3#homing=CODE')
  })

  test('speaks the visitor’s language', async () => {
    const mail = await mailFor({ visitor: { id: 'anna', locale: 'zh-TW' } })
    expect(mail.subject).toBe('Lamps 回覆您了')
    expect(mail.html).toContain('<html lang="zh-Hant-TW">')
    expect((await mailFor({ visitor: { id: 'anna', locale: 'zh-CN' } })).subject).toContain(
      'answered',
    )
    expect((await mailFor({ visitor: { id: 'anna', locale: 'fr' } })).subject).toContain('answered')
  })

  test('can be ended by the reader’s own program, where that is allowed to ask', async () => {
    expect((await mailFor()).headers).toMatchObject({
      'List-Unsubscribe': '<https://relay.test/v1/follow-up/mails/stop/CODE>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Auto-Submitted': 'auto-generated',
    })
    for (const stop of ['http://relay.test/stop', `https://relay.test/${'x'.repeat(240)}`]) {
      expect((await mailFor({ links: { resume: 'CODE', stop } })).headers).not.toHaveProperty(
        'List-Unsubscribe',
      )
    }
  })

  test('shows whatever was said as words, in every place', async () => {
    const wild = '<script>alert("1")</script> & \'more\'\n<b>bold</b>'
    const { html = '' } = await mailFor({
      entry: said(wild, '<img src=x onerror=alert(1)>'),
      site: { key: 'pk', name: '"><svg/onload=alert(2)>', accent: 'red;background:url(//evil)' },
      links: { resume: 'CODE"><i>', stop: 'https://relay.test/"><i>' },
    })
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;')
    expect(html).not.toMatch(/<(script|img|svg|i)\b|evil/)
  })

  test('words on the button can be read on every colour', async () => {
    const inkOn = async (accent: string) =>
      /none;background:(#\w+);color:(#\w+)/.exec(
        (await mailFor({ site: { key: 'pk', name: 'L', accent } })).html ?? '',
      )?.[2]
    expect(await inkOn('#ffe14d')).toBe('#1b1f24')
    expect(await inkOn('#2d3cc0')).toBe('#ffffff')
    expect(await inkOn('#ffffff')).toBe('#1b1f24')
  })

  test('is none where nothing was said, or nobody left an address', async () => {
    const { mails, io } = far()
    const silent = { ...said(''), body: { type: 'card' } as const }
    expect(await emailFollowUp.send(missed({ entry: silent }), settingsOf(), io)).toEqual({
      externalIds: [],
    })
    expect(mails).toEqual([])
    const { thread: _, ...nowhere } = missed()
    await expect(emailFollowUp.send(nowhere, settingsOf(), io)).rejects.toMatchObject({
      failure: 'bad-recipient',
    })
  })
})

describe('a mail server that refuses', () => {
  test.each<[MailErrorKind, SendFailure]>([
    // One visitor's slip must not hold the others' answers.
    ['recipient-refused', 'bad-recipient'],
    ['login-refused', 'needs-reauth'],
    ['sender-refused', 'needs-reauth'],
    ['content-refused', 'bad-content'],
    ['later', 'retry'],
    ['unreachable', 'retry'],
    ['broken-off', 'unknown'],
  ])('%s is %s', async (kind, failure) => {
    await expect(emailFollowUp.send(missed(), settingsOf(), far(kind).io)).rejects.toMatchObject({
      failure,
    })
  })
})
