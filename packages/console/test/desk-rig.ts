import { signal } from '@preact/signals'

import type { Finding } from '../src/connector.ts'
import type { SaveOutcome } from '../src/connectors.ts'
import type { Desk } from '../src/desk.ts'
import { hrefOf } from '../src/route.ts'
import type { Actions, Row } from '../src/state.ts'
import { createState, nameOf } from '../src/state.ts'
import { createWhen } from '../src/when.ts'

/** A desk whose actions are written down and whose signals the test sets. */
export const NOW = Date.UTC(2026, 2, 12, 14, 32)

export interface DeskRig {
  readonly desk: Desk
  readonly calls: unknown[][]
  /** What the far side and the relay say; a test sets it before. */
  readonly answers: { save: SaveOutcome; findings: readonly Finding[] | undefined }
}

export function createDeskRig(kept = ''): DeskRig {
  const calls: unknown[][] = []
  const answers: DeskRig['answers'] = { save: { state: 'saved' }, findings: [] }
  const state = createState()
  state.loaded.value = true
  state.connection.value = 'online'
  const record =
    (name: string) =>
    (...values: unknown[]): void => {
      calls.push([name, ...values])
    }
  const actions: Actions = {
    reply: record('reply'),
    retry: record('retry'),
    discard: record('discard'),
    typed: record('typed'),
    kept: () => kept,
    seen: record('seen'),
    loadEarlier: record('loadEarlier'),
    setStatus: record('setStatus'),
    loadDeliveries: record('loadDeliveries'),
    replay: record('replay'),
    loadConnectors: record('loadConnectors'),
    async saveConnector(...values) {
      calls.push(['saveConnector', ...values])
      return answers.save
    },
    async removeConnector(id) {
      calls.push(['removeConnector', id])
      return true
    },
    async examine(id) {
      calls.push(['examine', id])
      return answers.findings
    },
    async setDesks(...values) {
      calls.push(['setDesks', ...values])
      return true
    },
    go(route) {
      calls.push(['go', hrefOf(route)])
      state.route.value = route
    },
  }
  const site = { key: 'pk_a', name: 'Harbour' }
  const desk: Desk = {
    state,
    actions,
    when: createWhen(() => NOW, 'en-GB', 'UTC'),
    me: { agent: { id: 'owner', name: 'Support' }, sites: [site] },
    site,
    switchSite: record('switchSite'),
    signOut: record('signOut'),
    shortcuts: signal(true),
    async copy(text) {
      calls.push(['copy', text])
    },
    randomBytes: (count) => new Uint8Array(count).fill(7),
  }
  return { desk, calls, answers }
}

export function idOf(n: number): string {
  return `0195a7c0-1111-7abc-8def-${String(n).padStart(12, '0')}`
}

export function rowOf(n: number, change: Partial<Row> = {}): Row {
  const visitor = change.visitor ?? { id: idOf(1_000 + n) }
  return {
    id: idOf(n),
    visitor,
    name: nameOf(visitor),
    page: null,
    status: 'open',
    line: `Line ${n}`,
    prefix: '',
    time: NOW - n * 60_000,
    unread: false,
    typing: false,
    online: false,
    ...change,
  }
}
