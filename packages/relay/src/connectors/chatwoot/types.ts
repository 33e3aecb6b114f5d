/** Settings of the Chatwoot connector, checked. */
export interface ChatwootSettings {
  /** Chatwoot's address without a slash at the end, e.g. "https://app.chatwoot.com". */
  readonly base: string
  /** Number of the account, as it stands in the addresses of Chatwoot's pages. */
  readonly account: number
  /** Number of the API inbox, as it stands in the address of its settings page. */
  readonly inbox: number
  /** The inbox's own identifier, with which contacts are made. */
  readonly inboxIdentifier: string
  /** Access token of a user who is an administrator, or an agent of the inbox. */
  readonly token: string
  /** Any of them verifies a webhook; none where Chatwoot does not sign. */
  readonly webhookSecrets: readonly string[]
  /** Stands in the webhook's address as `?token=`; empty where it does not. */
  readonly webhookToken: string
  /** The inbox's HMAC token, where it wants contacts' identifiers signed; else empty. */
  readonly identityKey: string
  /** Tell Chatwoot the visitor's address: it then knows visitors by it. */
  readonly visitorEmail: boolean
}

/** Chatwoot's JSON, of which nothing is sure. */
export type Row = Readonly<Record<string, unknown>>

/** Chatwoot's times are seconds, in some places a text. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value * 1000 : Date.parse(String(value))
  return Number.isFinite(time) && time > 0 ? Math.round(time) : undefined
}

export function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}
