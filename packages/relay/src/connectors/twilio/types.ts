/** Settings of the Twilio connector, checked. */
export interface TwilioSettings {
  /** The API without a slash at the end: "https://api.twilio.com". */
  readonly base: string
  readonly accountSid: string
  /** Signs webhooks; and calls, where there is no key. */
  readonly authToken: string
  readonly key: ApiKey | undefined
  readonly sender: Sender
  /** This connector's own address, as typed in at Twilio, without a query. */
  readonly webhook: string
  /** The merchant's own phone as an address; undefined: no line. */
  readonly merchant: string | undefined
  readonly template: Template | undefined
}

export interface ApiKey {
  readonly sid: string
  readonly secret: string
}

export type Sender =
  /** Digits with "+"; the channel is the recipient's. */
  | { readonly kind: 'number'; readonly number: string; readonly channel: Channel }
  | { readonly kind: 'service'; readonly sid: string }

export type Channel = 'sms' | 'whatsapp'

/** Approved content that may be sent outside of WhatsApp's window. */
export interface Template {
  readonly sid: string
  /** For {{1}}, {{2}} …, with "{site}", "{tag}" and "{visitor}" to be filled in. */
  readonly values: readonly string[]
}
