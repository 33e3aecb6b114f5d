import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailServer, OutgoingMail } from './mail-port.ts'
import { MailError } from './mail-port.ts'
import { renderMail } from './render-mail.ts'

/** Until a connection stands, and until the server says hello, ms. */
const CONNECT_TIMEOUT_MS = 10_000
/** Silence in the middle of a talk, ms. */
const SILENCE_TIMEOUT_MS = 20_000
/** A server's answer is a line or a few. */
const MAX_ANSWER_BYTES = 64 * 1024

/** A server at an address that was checked. */
export interface CheckedServer extends MailServer {
  readonly address: string
  /** Authorities that are trusted, PEM; the system's when empty. */
  readonly ca: readonly string[]
}

/** What nodemailer says of a failure. */
interface SmtpError extends Error {
  readonly code?: string
  readonly responseCode?: number
  readonly command?: string
}

/**
 * One mail, on a connection of its own.
 *
 *   connect ─▶ log in ─▶ sender ─▶ recipients ─▶ bytes ─▶ taken
 *
 * A break before the bytes is `unreachable`; after the first of them nobody knows.
 */
export async function submit(
  mail: OutgoingMail,
  server: CheckedServer,
  signal: AbortSignal,
): Promise<void> {
  const bytes = await renderMail(mail)
  let handed = false
  const body = new Readable({
    read() {
      handed = true
      this.push(bytes)
      this.push(null)
    },
  })
  const to = [mail.to, ...(mail.copyTo === undefined ? [] : [mail.copyTo])]
  const envelope = { from: mail.returnPath, to, size: bytes.byteLength }
  await talk(
    server,
    signal,
    () => handed,
    async (connection) => {
      const sent = await step<SMTPConnection.SentMessageInfo>((done) =>
        connection.send(envelope, body, done),
      )
      const at = sent.rejected.indexOf(mail.to)
      // The copy was taken, the mail itself was not.
      if (at >= 0) throw errorOf(sent.rejectedErrors?.[at], false, 'RCPT TO')
    },
  )
}

export async function greet(server: CheckedServer, signal: AbortSignal): Promise<void> {
  await talk(
    server,
    signal,
    () => false,
    () => Promise.resolve(),
  )
}

async function talk(
  server: CheckedServer,
  signal: AbortSignal,
  handed: () => boolean,
  work: (connection: SMTPConnection) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const named = nameOf(server)
  const connection = new SMTPConnection({
    host: server.address,
    port: server.port,
    ...named,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    tls: { ...named, ...(server.ca.length > 0 ? { ca: [...server.ca] } : {}) },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    logger: false,
  })
  let aborted: (() => void) | undefined
  const ended = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject)
    aborted = () => reject(new Error('stopped'))
    signal.addEventListener('abort', aborted)
  })
  // It may end when nobody waits for it any more.
  ended.catch(() => {})
  try {
    await Promise.race([ended, step<undefined>((done) => connection.connect(done))])
    const { login } = server
    if (login) {
      const auth = { credentials: { user: login.user, pass: login.password } }
      await Promise.race([ended, step((done) => connection.login(auth, done))])
    }
    await Promise.race([ended, work(connection)])
    connection.quit()
  } catch (error) {
    connection.close()
    throw errorOf(error, handed())
  } finally {
    if (aborted) signal.removeEventListener('abort', aborted)
  }
}

/** What the certificate is for; an address that stands in the settings is not a name. */
export function nameOf({ host, address }: CheckedServer): { readonly servername?: string } {
  return host === address || host === `[${address}]` ? {} : { servername: host }
}

function step<Value>(
  run: (done: (error?: Error | null, value?: Value) => void) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    run((error, value) => {
      if (error) reject(error)
      else resolve(value as Value)
    })
  })
}

function errorOf(error: unknown, handed: boolean, at?: string): MailError {
  if (error instanceof MailError) return error
  const { code, responseCode, command = at ?? '' } = (error ?? {}) as Partial<SmtpError>
  const told = responseCode === undefined ? (code ?? 'no answer') : String(responseCode)
  const fail = (kind: MailError['kind'], sentence: string): MailError =>
    new MailError(kind, `${sentence} (${told})`, { cause: error })
  if (responseCode === undefined) {
    if (code === 'EAUTH') return fail('login-refused', 'the mail server takes no login of ours')
    if (code === 'EENVELOPE') return fail('recipient-refused', 'an address is not one')
    if (code === 'EMESSAGE') return fail('too-large', 'the mail is too large for the server')
    return handed
      ? fail('broken-off', 'the mail server broke off while it took the mail')
      : fail('unreachable', 'the mail server cannot be reached')
  }
  if (responseCode < 500) return fail('later', 'the mail server takes nothing now')
  if (code === 'EAUTH' || responseCode === 530 || responseCode === 535) {
    return fail('login-refused', 'the mail server refuses the login')
  }
  if (command === 'MAIL FROM') return fail('sender-refused', 'the mail server refuses the sender')
  if (command === 'RCPT TO') {
    return fail('recipient-refused', 'the mail server refuses the recipient')
  }
  if (command === 'DATA') return fail('content-refused', 'the mail server refuses the mail')
  return fail('unreachable', 'the mail server does not talk to us')
}
