/** Settings of the Zendesk Support connector, checked. */
export interface ZendeskSupportSettings {
  /** Without a slash at the end, e.g. "https://example.zendesk.com". */
  readonly base: string
  /** The whole header: an API token goes with an agent's e-mail address, an OAuth token alone. */
  readonly authorization: string
  readonly signingSecrets: readonly string[]
  /** The requester gets the visitor's e-mail address where it is known, and so Zendesk's mails. */
  readonly visitorEmail: boolean
}

export interface Ticket {
  readonly id: string
  readonly status: string
  readonly requester: number | undefined
  /** As Zendesk wrote it: it goes back with an update, so that nobody's change is run over. */
  readonly updated: string | undefined
  /** Our conversation. */
  readonly externalId: string | undefined
}
