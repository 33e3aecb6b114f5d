import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SmtpServer } from '../../test/smtp-server.ts'
import { startSmtpServer } from '../../test/smtp-server.ts'
import { createMailPort } from './create-mail-port.ts'
import type { MailErrorKind, MailServer, OutgoingMail } from './mail-port.ts'
import { MailError } from './mail-port.ts'

const WORDS = 'secret words of the visitor'
const MAIL: OutgoingMail = {
  from: { name: 'Ann', address: 'ann@shop.test' },
  to: 'support@desk.test',
  replyTo: 'ann@shop.test',
  returnPath: 'ann@shop.test',
  copyTo: 'copy@shop.test',
  messageId: 'a.b@shop.test',
  subject: 'Hello',
  text: WORDS,
  time: 1_790_000_000_000,
}

let far: SmtpServer
let port: ReturnType<typeof createMailPort>
beforeEach(async () => {
  far = await startSmtpServer()
  port = createMailPort({ allow: ['127.0.0.1'] })
})
afterEach(() => {
  far.close()
  port.close()
})

const server = (changes: Partial<MailServer> = {}): MailServer => ({
  host: '127.0.0.1',
  port: far.port,
  security: 'none',
  ...changes,
})
const submit = (changes: Partial<MailServer> = {}, signal = new AbortController().signal) =>
  port.mail.submit(MAIL, server(changes), signal)

async function kindOf(work: Promise<unknown>): Promise<MailErrorKind> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(MailError)
  expect((error as MailError).message).not.toMatch(/secret words|hunter2|no such ann@/)
  return (error as MailError).kind
}

describe('C10: what became of a mail', () => {
  test('taken: from the return path, to the desk and to the copy', async () => {
    await submit()
    const commands = far.heard.filter((line) => /^(?:MAIL|RCPT)/.test(line))
    expect(commands.map((line) => line.replace(/ SIZE=\d+$/, ''))).toEqual([
      'MAIL FROM:<ann@shop.test>',
      'RCPT TO:<support@desk.test>',
      'RCPT TO:<copy@shop.test>',
    ])
    expect(far.heard).toContain('Message-ID: <a.b@shop.test>')
  })

  test.each([
    ['hello', '554 go away', 'unreachable'],
    ['hello', '421 busy', 'later'],
    ['hello', 'cut', 'unreachable'],
    ['MAIL', '550 no such ann@shop.test', 'sender-refused'],
    ['MAIL', '451 later', 'later'],
    ['RCPT', '550 5.1.1 no such ann@shop.test', 'recipient-refused'],
    ['RCPT', '450 greylisted', 'later'],
    ['RCPT', 'cut', 'unreachable'],
    ['DATA', '554 no', 'content-refused'],
    ['DATA', 'cut', 'unreachable'],
    ['end', '554 spam from ann@shop.test', 'content-refused'],
    ['end', '452 full', 'later'],
    ['end', 'cut', 'broken-off'],
  ] satisfies [string, string, MailErrorKind][])('%s: %s is %s', async (step, answer, kind) => {
    far.at(step, answer)
    expect(await kindOf(submit())).toBe(kind)
  })

  test.each([
    ['535 no', 'login-refused'],
    ['454 later', 'later'],
  ] satisfies [string, MailErrorKind][])('a login answered %s is %s', async (answer, kind) => {
    far.at('AUTH', answer)
    const login = { user: 'ann', password: 'hunter2' }
    expect(await kindOf(submit({ login }))).toBe(kind)
    expect(await kindOf(port.mail.greet(server({ login }), AbortSignal.timeout(5_000)))).toBe(kind)
    expect(far.heard.some((line) => line.startsWith('MAIL'))).toBe(false)
  })

  test('refused for the desk and taken for the copy is refused', async () => {
    far.at('RCPT', '550 no', '250 ok')
    expect(await kindOf(submit())).toBe('recipient-refused')
    expect(far.heard).toContain('.')
  })

  test('nobody there is unreachable; no answer after the bytes, nobody knows', async () => {
    far.at('end', 'silent')
    const stop = new AbortController()
    const sending = kindOf(submit({}, stop.signal))
    while (!far.heard.includes('.')) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    expect(await sending).toBe('broken-off')
    far.close()
    expect(await kindOf(submit())).toBe('unreachable')
  })
})

describe('C12: where mail servers may be', () => {
  const at = (changes: Partial<MailServer>, allow: readonly string[], address: string) => {
    const guarded = createMailPort({ allow, resolve: () => Promise.resolve([address]) })
    return kindOf(guarded.mail.submit(MAIL, server(changes), AbortSignal.timeout(5_000)))
  }

  test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fd00::1', '::ffff:10.0.0.1'])(
    'a name that leads to %s is not connected to, with TLS or without',
    async (address) => {
      for (const security of ['tls', 'starttls', 'none'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await at({ host: 'mail.shop.test', security }, [], address)).toBe('unreachable')
      }
      expect(far.heard).toEqual([])
    },
  )

  test('a mailbox neither', async () => {
    const guarded = createMailPort({ allow: [], resolve: () => Promise.resolve(['127.0.0.1']) })
    const login = { user: 'ann', password: 'hunter2' }
    const box = { ...server({ host: 'mail.shop.test' }), login, folder: 'INBOX' }
    const look = guarded.mail.collect(box, undefined, 0, AbortSignal.timeout(5_000))
    expect(await kindOf(look)).toBe('unreachable')
    expect(far.heard).toEqual([])
  })

  test('the address that was checked is the one connected to: the name is asked for once', async () => {
    let asked = 0
    const guarded = createMailPort({
      allow: ['mail.shop.test'],
      resolve: () => Promise.resolve([asked++ === 0 ? '127.0.0.1' : '127.0.0.9']),
    })
    await guarded.mail.submit(MAIL, server({ host: 'mail.shop.test' }), AbortSignal.timeout(5_000))
    expect(asked).toBe(1)
    expect(far.heard.length).toBeGreaterThan(0)
  })

  test('a server that offers no STARTTLS hears neither login nor words where it is asked for', async () => {
    const login = { user: 'ann', password: 'hunter2' }
    expect(await kindOf(submit({ security: 'starttls', login }))).toBe('unreachable')
    expect(far.heard.some((line) => /^(?:AUTH|MAIL)/.test(line))).toBe(false)
  })
})
