import type { Mailbox, MailServer } from '../../mail/mail-port.ts'

/** Settings of the e-mail connector, checked. */
export interface EmailSettings {
  /** The relay's own mailbox; a conversation's address is `local+token@domain`. */
  readonly local: string
  readonly domain: string
  /** The helpdesk's address, lower case. */
  readonly desk: string
  /** Who may answer, lower case. */
  readonly agents: {
    readonly addresses: ReadonlySet<string>
    readonly domains: ReadonlySet<string>
  }
  /** Signs the conversations' addresses. */
  readonly key: Uint8Array
  /** The name our mail server signs Authentication-Results with; absent: they are not asked for. */
  readonly authority?: string
  /** A copy of every mail goes to our own mailbox, and shows what became of an unsure send. */
  readonly copies: boolean
  readonly smtp: MailServer
  readonly imap: Mailbox
}

/** A mail that came in, as far as anybody asks about it. */
export interface ReadMail {
  /** Without angle brackets, as all ids here. */
  readonly messageId?: string
  readonly subject: string
  /** Of From; undefined when there is none, or more than one. */
  readonly from?: { readonly name: string; readonly address: string }
  /** Addresses it came to, surest first. */
  readonly recipients: readonly string[]
  /** Ids of mails it answers. */
  readonly references: readonly string[]
  /** All values of a header, topmost first. */
  header(name: string): readonly string[]
  readonly text: string
  readonly parts: readonly MailPart[]
}

export interface MailPart {
  readonly type: string
  readonly name?: string
  readonly bytes: Uint8Array
  /** Shown within the text, as logos of signatures are. */
  readonly related: boolean
}
