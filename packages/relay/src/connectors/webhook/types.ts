import type { Author, Body, Page, VisitorCard } from '@homing/core'

/** Settings of the webhook connector, checked. */
export interface WebhookSettings {
  /** Where entries are posted to. */
  readonly url: string
  /** The first signs first; any of them verifies what comes in. */
  readonly keys: readonly Uint8Array[]
}

/** What is posted: the visitor's words, and what happens to the conversation. */
export interface WebhookEvent {
  readonly type: 'message.created' | 'conversation.updated'
  /** ISO 8601. */
  readonly timestamp: string
  readonly data: {
    readonly conversation: {
      readonly id: string
      readonly thread?: string
      readonly status?: 'open' | 'resolved'
      readonly page?: Page
    }
    readonly site: { readonly key: string; readonly name: string }
    readonly contact: VisitorCard
    readonly message?: WebhookMessage
  }
}

export interface WebhookMessage {
  readonly id: string
  readonly seq: number
  readonly role: Author['role']
  readonly author: { readonly id: string; readonly name?: string }
  readonly text?: string
  /** The body as it is, where it is more than text. */
  readonly body?: Body
  /** Present when a long text was cut. */
  readonly part?: { readonly number: number; readonly of: number }
  readonly created_at: string
}
