/** Settings of the Zendesk messaging connector, checked. */
export interface ZendeskMessagingSettings {
  /** Where the API is, without a slash at the end, e.g. "https://acme.zendesk.com/sc". */
  readonly base: string
  /** Id of the Sunshine Conversations app. */
  readonly app: string
  /** Of an API key of that app. */
  readonly keyId: string
  readonly secret: string
  /** What Zendesk shows as X-API-Key; any of them will do. */
  readonly webhookSecrets: readonly string[]
  /** Id of the integration that has the webhook, for the doctor; empty where it is not told. */
  readonly integration: string
  /** Tell Zendesk the visitor's address. */
  readonly visitorEmail: boolean
}

/** Zendesk's JSON, of which nothing is sure. */
export type Row = Readonly<Record<string, unknown>>
