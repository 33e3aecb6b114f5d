import { createHash } from 'node:crypto'
import type { Body } from '@homing/core'
import type { NewEntry, Store } from '../../src/store/store.ts'

/** Ids and drafts for the store's suites: readable, and the same on every run. */
export const SITE = 'pk_shop'
export const OTHER_SITE = 'pk_other'
export const NOW = 1_750_000_000_000

/** A UUIDv7 of a number. */
export function id(n: number): string {
  return `01970000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export function tokenHash(visitor: string): Uint8Array {
  return createHash('sha256').update(visitor).digest()
}

export function text(words: string): Body {
  return { type: 'text', text: words }
}

type Overrides = Partial<NewEntry>

/** A visitor's draft. The counter is the draft's number, unless told otherwise. */
export function fromVisitor(
  n: number,
  overrides: Overrides & {
    readonly who?: string
    readonly device?: string
    readonly n?: number
  } = {},
): NewEntry {
  const { who = 'ada', device = 'laptop', n: counter = n, ...rest } = overrides
  return {
    site: SITE,
    conversation: id(1000),
    id: id(n),
    author: { role: 'visitor', id: who },
    body: text(`words ${n}`),
    time: NOW + n,
    visitor: { tokenHash: tokenHash(who), device, n: counter },
    connectors: [],
    ...rest,
  }
}

export function fromAgent(n: number, overrides: Overrides = {}): NewEntry {
  return {
    site: SITE,
    conversation: id(1000),
    id: id(n),
    author: { role: 'agent', id: 'agent-1', name: 'Grace' },
    body: text(`answer ${n}`),
    time: NOW + n,
    connectors: [],
    ...overrides,
  }
}

export async function seqsOf(store: Store, conversation: string): Promise<readonly number[]> {
  return (await store.readAfter(conversation, 0, 100_000)).map(({ seq }) => seq)
}

export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
