/**
 * The way to mail servers. They are spoken to on sockets of their own, so `fetch` does not do;
 * the same care is taken: only addresses that were checked, TLS verified, bounded in time.
 *
 * Every method throws a MailError, whose `kind` says what was refused and by whom.
 */
export interface MailPort {
  /** Hands one mail to a server. Resolves when the server has taken it for its `to`. */
  submit(mail: OutgoingMail, server: MailServer, signal: AbortSignal): Promise<void>
  /** Says hello and logs in, and sends nothing. */
  greet(server: MailServer, signal: AbortSignal): Promise<void>
  /**
   * What came into a mailbox after a position, oldest first, and the position after that; perhaps
   * not all of it at once. The mailbox is left as it was: nothing is marked as read or moved.
   * Without a position: nothing, from now on. When the server has counted its mails anew, those
   * since `since` are told again.
   */
  collect(
    box: Mailbox,
    after: MailPosition | undefined,
    since: number,
    signal: AbortSignal,
  ): Promise<Collected>
  /** One mail again; undefined when it is gone. */
  read(box: Mailbox, place: MailPosition, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Is a mail with this Message-ID there? Looks again for `waitMs`. */
  has(box: Mailbox, messageId: string, waitMs: number, signal: AbortSignal): Promise<boolean>
}

export interface MailServer {
  readonly host: string
  readonly port: number
  /** `tls`: from the first byte. `starttls`: before anything is said. `none`: on listed hosts alone. */
  readonly security: 'tls' | 'starttls' | 'none'
  /** Absent where the server knows us by our address. */
  readonly login?: { readonly user: string; readonly password: string }
}

export interface Mailbox extends MailServer {
  readonly login: { readonly user: string; readonly password: string }
  readonly folder: string
}

/** A mail's place: its number within a count of the server's, which it may start anew. */
export interface MailPosition {
  readonly validity: string
  readonly uid: number
}

export interface CollectedMail {
  readonly place: MailPosition
  readonly bytes: Uint8Array
  /** It was too large: these are its first bytes. */
  readonly cut: boolean
}

export interface Collected {
  readonly mails: readonly CollectedMail[]
  readonly position: MailPosition
}

/** A mail of text, and of HTML where it looks better so. Nothing in it can add a header, whatever the texts are. */
export interface OutgoingMail {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly replyTo: string
  /** Where it comes back to when it cannot be delivered. */
  readonly returnPath: string
  /** Gets it too and is named nowhere in it. */
  readonly copyTo?: string
  /** Without angle brackets, as all ids of mails here. */
  readonly messageId: string
  readonly inReplyTo?: string
  readonly subject: string
  readonly text: string
  /** The same as a page; whoever makes it has escaped what is in it. */
  readonly html?: string
  /** When it was written, ms. */
  readonly time: number
  readonly headers?: Readonly<Record<string, string>>
}

export type MailErrorKind =
  /** The server could not be reached, or broke off before it had the mail. */
  | 'unreachable'
  /** It broke off, or was silent, when it may have had the mail. */
  | 'broken-off'
  | 'login-refused'
  | 'sender-refused'
  | 'recipient-refused'
  | 'content-refused'
  | 'too-large'
  /** It takes nothing now (4xx). */
  | 'later'

export class MailError extends Error {
  readonly kind: MailErrorKind

  /** `message` is shown to operators: no server's own words, which may name people. */
  constructor(kind: MailErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'MailError'
    this.kind = kind
  }
}
