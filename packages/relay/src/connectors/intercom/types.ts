import type { Attached } from '../attached.ts'

/** Settings of the Intercom connector, checked. */
export interface IntercomSettings {
  /** The workspace's region, without a slash at the end, e.g. "https://api.eu.intercom.io". */
  readonly base: string
  readonly token: string
  readonly clientSecrets: readonly string[]
  /** Contacts get the visitor's e-mail address where it is known, and so Intercom's mails. */
  readonly visitorEmail: boolean
}

/** One part of a conversation, as webhooks and the API tell of it. */
export interface Part {
  readonly id: string
  /** "comment", "note", "close", "open", "assignment" and others; all but notes may have words. */
  readonly type: string
  readonly text: string
  readonly author: {
    readonly type: string
    readonly id: string
    readonly name?: string
  }
  /** Intercom's time of it, ms. */
  readonly time?: number
  /** It came by mail. */
  readonly mailed: boolean
  readonly files: readonly Attached[]
}
