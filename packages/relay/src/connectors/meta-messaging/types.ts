/**
 * Messenger and Instagram speak one language with two accents. What they share is in this folder;
 * `messenger` and `instagram` say what is their own.
 */
export interface Dialect {
  /** Its name in sentences. */
  readonly farSide: string
  /** What a webhook says it is about. */
  readonly object: 'page' | 'instagram'
  /** A message may carry a note of ours, which its echo brings back. */
  readonly metadata: boolean
  /** Sends say what kind they are, also within the window. */
  readonly messagingType: boolean
  /** What the account must tell the app, by Meta's names. */
  readonly webhookFields: readonly string[]
  /** What its account answers when it is asked who it is: the names of its ID and of its name. */
  readonly me: { readonly id: string; readonly name: string }
}

export interface MetaMessagingSettings {
  /** Of the Page, or of the Instagram account. */
  readonly account: string
  readonly token: string
  /** Any of them verifies. */
  readonly appSecrets: readonly string[]
  readonly verifyToken: string
  readonly appId: string | undefined
  /** As in the account's address; links to it need it. */
  readonly username: string | undefined
  /** Meta allowed this app to send as a human agent for seven days. */
  readonly humanAgent: boolean
  /** Address and version of the Graph API, without a slash at the end. */
  readonly base: string
}

export type Fields = Readonly<Record<string, unknown>>
