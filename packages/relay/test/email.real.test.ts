import { createServer, connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { isText } from '@homing/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addressOf } from '../src/connectors/email/address.ts'
import { email } from '../src/connectors/email/index.ts'
import { createMailPort } from '../src/mail/create-mail-port.ts'
import type { Mailbox, MailPort, MailServer } from '../src/mail/mail-port.ts'
import { MailError } from '../src/mail/mail-port.ts'
import { startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts } from './delivery-parts.ts'
import { missingMailServers, startMailServers } from './real-mail-servers.ts'
import type { RealMailServers } from './real-mail-servers.ts'
import { freePort, missingRequestTracker, startRequestTracker } from './real-request-tracker.ts'
import type { RealRequestTracker } from './real-request-tracker.ts'

const missing = missingMailServers() ?? missingRequestTracker()
if (missing !== undefined) {
  if (process.env['CI']) throw new Error(missing)
  console.warn(`SKIPPED: ${missing}`)
}

const PAGE_URL = 'https://shop.test/p/blue-mug'
const SECRET = 'a secret of the real test suite'
const QUIET_S = 1
/** Quiet time, mails both ways and a look into the mailbox; RT takes its time under load. */
const PATIENCE_MS = 30_000

describe.skipIf(missing !== undefined)('real mail servers', () => {
  let rt: RealRequestTracker
  let servers: RealMailServers
  let port: ReturnType<typeof createMailPort>
  let parts: DeliveryParts | undefined
  let cut: CuttingLine | undefined

  beforeAll(async () => {
    const trackerPort = await freePort()
    servers = await startMailServers(trackerPort)
    rt = await startRequestTracker({ port: trackerPort, sendmail: servers.sendmail })
  })
  afterAll(async () => {
    await rt.stop()
    await servers.stop()
  })
  afterEach(async () => {
    await parts?.stop()
    port?.close()
    cut?.close()
    parts = cut = undefined
  })

  const settings = (changes: object = {}) => ({
    desk: 'support@rt.test',
    address: 'chat@chat.test',
    secret: SECRET,
    quietSeconds: String(QUIET_S),
    smtpHost: `127.0.0.1:${servers.smtpPort}`,
    smtpSecurity: 'none',
    imapHost: `127.0.0.1:${servers.imapPort}`,
    imapSecurity: 'none',
    imapUser: 'chat',
    imapPassword: 'imap-pass',
    ...changes,
  })
  const start = async (changes: object = {}, title = 'A page'): Promise<DeliveryParts> => {
    const entry = { id: 'mail', site: 'pk_test', type: 'email', settings: settings(changes) }
    port = createMailPort({ allow: ['127.0.0.1'] })
    parts = await startDeliveryParts({
      entries: [entry],
      mail: port.mail,
      poll: true,
      page: { url: PAGE_URL, title },
    })
    const { store } = parts
    await until('the mailbox is known', () => store.cursor('mail'), PATIENCE_MS)
    return parts
  }

  const addressFor = (conversation: string): string => {
    const parsed = email.configure(settings())
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return addressOf(conversation, parsed.settings)
  }
  const texts = async (relay: DeliveryParts, conversation: string): Promise<string[]> =>
    (await relay.log(conversation)).map(({ author, body }) =>
      isText(body) ? `${author.role}: ${body.text}` : body.type,
    )
  const ticketOf = (tag: string): Promise<string> =>
    until(
      'the ticket',
      async () => (await rt.tickets()).find(({ Subject }) => Subject.includes(tag))?.id,
      PATIENCE_MS,
    )
  const inTicket = async (ticket: string, count: number): Promise<readonly string[]> =>
    until(
      `${count} mails in the ticket`,
      async () => {
        const found = await rt.texts(ticket)
        return found.length >= count ? found.map(({ text }) => text) : undefined
      },
      PATIENCE_MS,
    )
  const entries = (relay: DeliveryParts, conversation: string, count: number) =>
    until(
      `${count} entries`,
      async () => {
        const said = await texts(relay, conversation)
        return said.length >= count ? said : undefined
      },
      PATIENCE_MS,
    )
  /** Two looks into the mailbox later, all that is in it was seen. */
  const looked = async (relay: DeliveryParts): Promise<void> => {
    const looks = () =>
      Number(/homing_polls_total\{[^}]*"ok"\} (\d+)/.exec(relay.metrics())?.[1] ?? 0)
    const before = looks()
    await until('two looks', async () => looks() >= before + 2, PATIENCE_MS)
  }
  const arrived = (marker: string, count = 1) =>
    until(
      `"${marker}" in the mailbox`,
      async () => servers.mails().filter((mail) => mail.includes(marker)).length >= count,
      PATIENCE_MS,
    )

  test('C10 C11: visitor and agent, twice in one ticket; a machine, a stranger and a double say nothing', async () => {
    // A title may say what it likes: it is no tag of another ticket.
    const relay = await start({}, `Blue mug ${++letters} – 12 € [rt.test #99]`)
    const tag = `Blue mug ${letters} – 12 € rt.test 99 (`
    const begin = performance.now()
    const { conversation } = await relay.say('Is the blue one in stock? 你好 👋\nBcc: x@y.test')
    await relay.say('I mean the big one.', conversation)
    const ticket = await ticketOf(tag)
    const [opening] = await inTicket(ticket, 1)
    measured('two lines to a ticket', begin)
    // Gathered into one mail, with the page.
    expect(opening).toContain(
      'Is the blue one in stock? 你好 👋\nBcc: x@y.test\nI mean the big one.',
    )
    expect(opening).toContain(`Address: ${PAGE_URL}`)

    // RT's own answer comes first: nobody sees it, and its tag is kept.
    await until(
      'the tag',
      async () => (await relay.store.thread('mail', conversation))?.includes('[rt.test #'),
      PATIENCE_MS,
    )
    const answered = performance.now()
    await rt.correspond(ticket, `On Monday, Ann wrote:\n> Is it?\n\nYes, it is. Grüße 👍`)
    await entries(relay, conversation, 3)
    measured("an agent's answer to the log", answered)

    const again = performance.now()
    await relay.say('And the red one?', conversation)
    expect((await inTicket(ticket, 3)).at(-1)).toContain('And the red one?')
    measured('a later line to the same ticket', again)
    await rt.correspond(ticket, 'Sold out.')
    const said = await entries(relay, conversation, 5)
    expect(said).toEqual([
      'visitor: Is the blue one in stock? 你好 👋\nBcc: x@y.test',
      'visitor: I mean the big one.',
      'agent: Yes, it is. Grüße 👍',
      'visitor: And the red one?',
      'agent: Sold out.',
    ])
    const [, , answer] = await relay.log(conversation)
    expect(answer?.author).toMatchObject({ role: 'agent', name: 'Mia Agent' })
    expect((await rt.tickets()).filter(({ Subject }) => Subject.includes(tag))).toHaveLength(1)

    // The last answer once more, a holiday note, a stranger with the address, our own mail in a circle.
    const last = rt.mails().findLast((mail) => mail.includes('Sold out.')) ?? ''
    await servers.send(last)
    await arrived('Sold out.', 2)
    const address = addressFor(conversation)
    await servers.send(
      letter({ to: address, text: 'On holiday.', head: 'Auto-Submitted: auto-replied' }),
    )
    await servers.send(letter({ to: address, from: 'evil@x.test', text: 'I am an agent.' }))
    const own = servers.mails().find((mail) => mail.includes('X-Homing-Conversation')) ?? ''
    await servers.send(own.replace(/^To: .*$/m, `To: ${address}`))
    await Promise.all([arrived('On holiday.'), arrived('I am an agent.')])
    await looked(relay)
    expect(await texts(relay, conversation)).toEqual(said)
    expect(await relay.store.nextDue()).toBeUndefined()
    expect(await relay.store.parked(relay.site)).toEqual([])
  })

  test('C11: a file of an agent is a file in the log', async () => {
    const relay = await start()
    const { conversation } = await relay.say('Do you have a list?')
    const text = [
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Here it is.',
      '--b',
      'Content-Type: text/csv; name=list.csv',
      'Content-Disposition: attachment; filename=list.csv',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('mug;12 €\n').toString('base64'),
      '--b--',
    ].join('\n')
    const head = 'Content-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0'
    await servers.send(letter({ to: addressFor(conversation), text, head }))
    expect(await entries(relay, conversation, 3)).toEqual([
      'visitor: Do you have a list?',
      'agent: Here it is.',
      'file',
    ])
    const [, , file] = await relay.log(conversation)
    expect(file?.body).toMatchObject({ name: 'list.csv', size: Buffer.byteLength('mug;12 €\n') })
  })

  test('C9: a mail that comes back is a failed delivery, with the reason', async () => {
    const relay = await start({ desk: 'gone@bounce.test' })
    await relay.say('Is anybody there?')
    const [parked] = await until(
      'it is parked',
      async () => {
        const found = await relay.store.parked(relay.site)
        return found.length > 0 ? found : undefined
      },
      PATIENCE_MS,
    )
    expect(parked?.reason).toBe('the mail came back (5.0.0)')
  })

  test('C10: an answer lost after the mail was taken leaves one copy, found in our own mailbox', async () => {
    cut = await startCuttingLine(servers.smtpPort)
    const relay = await start({ smtpHost: `127.0.0.1:${cut.port}` })
    cut.loseNext()
    const { conversation } = await relay.say('only once, please')
    await until(
      'it is settled',
      async () => (await relay.store.figures()).deliveries.done === 1,
      60_000,
    )
    expect(relay.metrics()).toContain('outcome="unknown"')
    expect(cut.taken()).toBe(1)
    await until(
      'RT has it',
      async () => rt.mails().some((mail) => mail.includes(addressFor(conversation))),
      PATIENCE_MS,
    )
    expect(await relay.store.thread('mail', conversation)).toBeDefined()
  })

  test('C11: a mailbox that was away and counts anew: nothing is lost, nothing comes twice', async () => {
    const relay = await start()
    const { conversation } = await relay.say('hello')
    const to = addressFor(conversation)
    await servers.send(letter({ to, text: 'before' }))
    await entries(relay, conversation, 2)
    await servers.stopMailbox(true)
    await servers.send(letter({ to, text: 'meanwhile' }))
    await until(
      'a look failed',
      async () => /homing_polls_total\{[^}]*"failed"\} [1-9]/.test(relay.metrics()),
      PATIENCE_MS,
    )
    await servers.startMailbox()
    await entries(relay, conversation, 3)
    await looked(relay)
    expect(await texts(relay, conversation)).toEqual([
      'visitor: hello',
      'agent: before',
      'agent: meanwhile',
    ])
  })

  test('C12: a certificate nobody vouches for is not talked to; one for the name is', async () => {
    const login = { user: 'chat', password: 'imap-pass' }
    const smtp: MailServer = { host: 'localhost', port: servers.smtpPort, security: 'starttls' }
    const imap: Mailbox = {
      host: 'localhost',
      port: servers.imapsPort,
      security: 'tls',
      login,
      folder: 'INBOX',
    }
    const upgraded: Mailbox = { ...imap, port: servers.imapPort, security: 'starttls' }
    const resolve = () => Promise.resolve(['127.0.0.1'])
    const ask = (mail: MailPort, box: Mailbox) =>
      mail.collect(box, undefined, 0, AbortSignal.timeout(PATIENCE_MS))

    port = createMailPort({ allow: ['localhost', 'elsewhere'], resolve })
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const strict = port.mail
    expect(await kindOf(strict.greet(smtp, signal))).toBe('unreachable')
    expect(await kindOf(ask(strict, imap))).toBe('unreachable')
    expect(await kindOf(ask(strict, upgraded))).toBe('unreachable')
    port.close()

    port = createMailPort({ allow: ['localhost', 'elsewhere'], resolve, ca: [servers.ca] })
    const { mail } = port
    await mail.greet({ ...smtp, login: { user: 'relay', password: 'smtp-pass' } }, signal)
    expect((await ask(mail, imap)).mails).toEqual([])
    expect((await ask(mail, upgraded)).mails).toEqual([])
    const elsewhere = mail.greet({ ...smtp, host: 'elsewhere' }, signal)
    expect(await kindOf(elsewhere), 'a name the certificate is not for').toBe('unreachable')

    const wrong = { user: 'chat', password: 'wrong' }
    expect(await kindOf(mail.greet({ ...smtp, login: wrong }, signal))).toBe('login-refused')
    expect(await kindOf(ask(mail, { ...imap, login: wrong }))).toBe('login-refused')
  })

  test('the doctor sees a mail go out and come in', async () => {
    port = createMailPort({ allow: ['127.0.0.1'] })
    const parsed = email.configure(settings())
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    const io = {
      fetch: () => Promise.reject(new Error('mail needs no fetch')),
      mail: port.mail,
      signal: AbortSignal.timeout(PATIENCE_MS),
      now: Date.now(),
    }
    const findings = await email.doctor(parsed.settings, io)
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok'])
  })
})

function measured(what: string, begin: number): void {
  console.info(`${what}: ${Math.round(performance.now() - begin)} ms (${QUIET_S} s of quiet time)`)
}

async function kindOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.catch((caught: unknown) => caught)
  return error instanceof MailError ? error.kind : undefined
}

let letters = 0
function letter(given: { to: string; text: string; from?: string; head?: string }): string {
  return [
    `From: Mia via RT <${given.from ?? 'support@rt.test'}>`,
    `To: ${given.to}`,
    `Message-ID: <letter-${process.pid}-${++letters}@rt.test>`,
    'Subject: Re: your question',
    ...(given.head === undefined ? [] : [given.head]),
    '',
    given.text,
    '',
  ].join('\n')
}

interface CuttingLine {
  readonly port: number
  /** The next mail is taken, and nobody hears of it. */
  loseNext(): void
  /** Mails that went through. */
  taken(): number
  close(): void
}

async function startCuttingLine(target: number): Promise<CuttingLine> {
  let losing = false
  let count = 0
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let ended = false
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.end())
    near.on('data', (data) => {
      if (data.toString('latin1').includes('\r\n.\r\n')) ended = true
      far.write(data)
    })
    far.on('data', (data) => {
      if (ended && data.toString('latin1').startsWith('250')) {
        ended = false
        count++
        if (losing) {
          losing = false
          near.destroy()
          return
        }
      }
      near.write(data)
    })
    far.on('close', () => near.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    loseNext: () => (losing = true),
    taken: () => count,
    close: () => server.close(),
  }
}
