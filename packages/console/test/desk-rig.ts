import { signal } from '@preact/signals'

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
}

export function createDeskRig(kept = ''): DeskRig {
  const calls: unknown[][] = []
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
  }
  return { desk, calls }
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
