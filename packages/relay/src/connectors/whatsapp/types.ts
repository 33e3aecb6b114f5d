/** Settings of the WhatsApp connector, checked. */
export interface WhatsAppSettings {
  /** The Graph API with its version and no slash at the end: "https://graph.facebook.com/v23.0". */
  readonly base: string
  /** Meta's id of the business number; not the number itself. */
  readonly phoneNumberId: string
  /** The number itself, as its digits, which links to it need; undefined: none are offered. */
  readonly number: string | undefined
  /** The WhatsApp Business Account, for the doctor. */
  readonly accountId: string | undefined
  /** Of a system user, so that it does not end. */
  readonly token: string
  /** Any of them verifies. */
  readonly appSecrets: readonly string[]
  readonly verifyToken: string
  /** The merchant's own WhatsApp as an address; undefined: no line. */
  readonly merchant: string | undefined
  readonly template: Template | undefined
}

/** An approved message that may be sent outside of the window. */
export interface Template {
  readonly name: string
  readonly language: string
  /** For {{1}}, {{2}} …, with "{site}", "{tag}" and "{visitor}" to be filled in. */
  readonly values: readonly string[]
}

/** One message that somebody wrote, as far as the parser looks at it. */
export type Fields = Readonly<Record<string, unknown>>
