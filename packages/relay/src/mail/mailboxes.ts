import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'
import type { Collected, CollectedMail, Mailbox, MailPosition } from './mail-port.ts'
import { MailError } from './mail-port.ts'
import type { CheckedServer } from './submit.ts'
import { nameOf } from './submit.ts'

/** Until a connection stands and until the server says hello, ms. */
const CONNECT_TIMEOUT_MS = 10_000
/** A connection nobody uses is closed after this, ms; one that is asked every few seconds stays. */
const IDLE_TIMEOUT_MS = 60_000
/** Of a larger mail only the beginning is read: its words, without what is attached. */
const MAX_MAIL_BYTES = 12 * 1024 * 1024
const CUT_MAIL_BYTES = 256 * 1024
/** One look ends after so many mails, so many bytes or so long; the next one goes on from there. */
const MAX_MAILS = 50
const MAX_BYTES = 2 * MAX_MAIL_BYTES
const MAX_LOOK_MS = 8_000
/** Nothing a server says is larger than a mail. */
const MAX_LITERAL_BYTES = MAX_MAIL_BYTES + 64 * 1024
const LOOK_AGAIN_MS = 500

/** Mailboxes, each on one connection that stays open between looks. */
export interface Mailboxes {
  collect(
    box: Mailbox,
    after: MailPosition | undefined,
    since: number,
    signal: AbortSignal,
  ): Promise<Collected>
  read(box: Mailbox, place: MailPosition, signal: AbortSignal): Promise<Uint8Array | undefined>
  has(box: Mailbox, messageId: string, waitMs: number, signal: AbortSignal): Promise<boolean>
  close(): void
}

export interface MailboxesOptions {
  /** Resolves a server's name and checks where it leads. */
  readonly check: (box: Mailbox) => Promise<CheckedServer>
  /** Rises, ms. */
  readonly monotonic: () => number
}

export function createMailboxes({ check, monotonic }: MailboxesOptions): Mailboxes {
  const open = new Map<string, Promise<ImapFlow>>()

  const connect = async (key: string, box: Mailbox): Promise<ImapFlow> => {
    const server = await check(box)
    const client = new ImapFlow({
      host: server.address,
      port: box.port,
      ...nameOf(server),
      secure: box.security === 'tls',
      ...(box.security === 'tls' ? {} : { doSTARTTLS: box.security === 'starttls' }),
      auth: { user: box.login.user, pass: box.login.password },
      tls: server.ca.length > 0 ? { ca: [...server.ca] } : {},
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      maxLiteralSize: MAX_LITERAL_BYTES,
      maxResponseSize: MAX_LITERAL_BYTES + 64 * 1024,
    })
    // Told by what is under way, where anything is.
    client.on('error', () => {})
    client.on('close', () => open.delete(key))
    await client.connect()
    return client
  }

  const use = async <Value>(
    box: Mailbox,
    signal: AbortSignal,
    work: (client: ImapFlow) => Promise<Value>,
  ): Promise<Value> => {
    signal.throwIfAborted()
    const key = keyOf(box)
    let opening = open.get(key)
    if (!opening) {
      opening = connect(key, box)
      open.set(key, opening)
      opening.catch(() => open.delete(key))
    }
    let client: ImapFlow | undefined
    let stop: (() => void) | undefined
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => {
        client?.close()
        open.delete(key)
        reject(new Error('stopped'))
      }
      signal.addEventListener('abort', stop)
    })
    stopped.catch(() => {})
    try {
      client = await Promise.race([opening, stopped])
      const lock = await Promise.race([
        client.getMailboxLock(box.folder, { readOnly: true }),
        stopped,
      ])
      try {
        // Only an answer to a command tells of mails that came since.
        await Promise.race([client.noop(), stopped])
        return await Promise.race([work(client), stopped])
      } finally {
        lock.release()
      }
    } catch (error) {
      throw errorOf(error)
    } finally {
      if (stop) signal.removeEventListener('abort', stop)
    }
  }

  return {
    collect(box, after, since, signal) {
      const until = monotonic() + MAX_LOOK_MS
      return use(box, signal, async (client) => {
        const validity = validityOf(client)
        if (!after) return { mails: [], position: { validity, uid: await lastUid(client) } }
        const found = after.validity === validity
        const uids = found ? await uidsAfter(client, after.uid) : await uidsSince(client, since)
        const last = found ? after.uid : await lastUid(client)
        const mails: CollectedMail[] = []
        let read = 0
        for (const uid of uids) {
          const done = mails.length >= MAX_MAILS || read >= MAX_BYTES || monotonic() > until
          // At least one, or a slow line would never get past the first.
          if (mails.length > 0 && done)
            return { mails, position: { validity, uid: mails.at(-1)?.place.uid ?? last } }
          // oxlint-disable-next-line no-await-in-loop -- in order, and one in memory at a time
          const mail = await readOne(client, uid)
          if (!mail) continue
          mails.push({ place: { validity, uid }, ...mail })
          read += mail.bytes.byteLength
        }
        return { mails, position: { validity, uid: Math.max(last, uids.at(-1) ?? 0) } }
      })
    },

    read: (box, place, signal) =>
      use(box, signal, async (client) => {
        if (validityOf(client) !== place.validity) return undefined
        return (await readOne(client, place.uid))?.bytes
      }),

    async has(box, messageId, waitMs, signal) {
      const until = monotonic() + waitMs
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one look after the other
        const found = await use(box, signal, (client) =>
          client.search({ header: { 'message-id': `<${messageId}>` } }, { uid: true }),
        )
        if (found && found.length > 0) return true
        if (monotonic() + LOOK_AGAIN_MS > until) return false
        // oxlint-disable-next-line no-await-in-loop
        await sleep(LOOK_AGAIN_MS, undefined, { signal })
      }
    },

    close() {
      for (const opening of open.values()) {
        opening.then(
          (client) => client.close(),
          () => {},
        )
      }
      open.clear()
    },
  }
}

/** Other credentials are another connection; the password itself is in no key. */
function keyOf({ host, port, security, login, folder }: Mailbox): string {
  const all = JSON.stringify([host, port, security, login.user, login.password, folder])
  return createHash('sha256').update(all).digest('hex')
}

function validityOf(client: ImapFlow): string {
  return client.mailbox ? client.mailbox.uidValidity.toString() : ''
}

async function lastUid(client: ImapFlow): Promise<number> {
  if (!client.mailbox) return 0
  if (client.mailbox.exists === 0) return client.mailbox.uidNext - 1
  const last = await client.fetchOne('*', { uid: true })
  return last ? last.uid : client.mailbox.uidNext - 1
}

async function uidsAfter(client: ImapFlow, uid: number): Promise<readonly number[]> {
  if (!client.mailbox || client.mailbox.exists === 0) return []
  const found = await client.fetchAll(`${uid + 1}:*`, { uid: true }, { uid: true })
  // "n:*" always names the last one, also when that is below n.
  return inOrder(found.map((mail) => mail.uid).filter((each) => each > uid))
}

async function uidsSince(client: ImapFlow, since: number): Promise<readonly number[]> {
  const found = await client.search({ since: new Date(since) }, { uid: true })
  return inOrder(found || [])
}

function inOrder(uids: readonly number[]): readonly number[] {
  return uids.toSorted((one, other) => one - other)
}

async function readOne(
  client: ImapFlow,
  uid: number,
): Promise<Pick<CollectedMail, 'bytes' | 'cut'> | undefined> {
  const about = await client.fetchOne(String(uid), { size: true }, { uid: true })
  if (!about) return undefined
  const cut = (about.size ?? 0) > MAX_MAIL_BYTES
  const source = cut ? { start: 0, maxLength: CUT_MAIL_BYTES } : true
  const mail = await client.fetchOne(String(uid), { source }, { uid: true })
  return mail && mail.source ? { bytes: mail.source, cut } : undefined
}

function errorOf(error: unknown): MailError {
  if (error instanceof MailError) return error
  const { code, authenticationFailed } = error as {
    code?: unknown
    authenticationFailed?: unknown
  }
  if (authenticationFailed === true) {
    return new MailError('login-refused', 'the mailbox refuses the login', { cause: error })
  }
  const told = typeof code === 'string' ? code : 'no answer'
  return new MailError('unreachable', `the mailbox cannot be read (${told})`, { cause: error })
}
