/** Settings of the Request Tracker connector, checked. */
export interface RequestTrackerSettings {
  /** RT's address without a slash at the end, e.g. "https://rt.example.com". */
  readonly base: string
  /** An RT auth token; its user reads tickets, comments and sets their status. */
  readonly token: string
  readonly queue: string
  /** RT's $rtname: what stands in "[example.com #12]". */
  readonly rtname: string
  /** Visitors write as visitor-…@ this domain. */
  readonly visitorDomain: string
  /** Write as the visitor's own e-mail address where it is known. */
  readonly visitorEmail: boolean
  readonly webhookKeys: readonly Uint8Array[]
}

/** What the scrip posts (docs/connectors/request-tracker.md). Older scrips leave out the last four. */
export interface ScripEvent {
  /** "txn-" and the transaction's number. */
  readonly id: string
  readonly ticket: number
  readonly type: string
  readonly creator: string
  readonly content?: string
  readonly new_value?: string
  readonly old_value?: string
  readonly creator_name?: string
  /** The creator is a requestor of the ticket. */
  readonly requestor?: boolean
  readonly message_id?: string
  readonly created?: string
  readonly attachments?: readonly { readonly filename: string }[]
}

/** A ticket's transaction as facts are made of it, from the scrip or from REST. */
export interface Transaction {
  readonly id: number
  readonly ticket: number
  readonly type: 'Correspond' | 'Status'
  readonly creator: string
  readonly creatorName?: string
  readonly requestor: boolean
  /** Of the mail that made it. */
  readonly messageId?: string
  readonly time?: number
  readonly text?: string
  readonly files: readonly string[]
  readonly oldStatus?: string
  readonly newStatus?: string
}
