import { expect, it } from 'vitest'

import { hrefOf, LIST, parseRoute } from './route.ts'

const ID = '0195a7c0-1111-7abc-8def-0123456789ab'

it('Routes: every screen’s address leads back to it', () => {
  for (const route of [
    LIST,
    { name: 'deliveries', connector: null } as const,
    { name: 'deliveries', connector: 'zendesk' } as const,
    { name: 'connectors', connector: null } as const,
    { name: 'connectors', connector: 'my_desk-2' } as const,
    { name: 'connect', type: null } as const,
    { name: 'connect', type: 'zendesk-support' } as const,
    { name: 'inbox', conversation: ID, details: false } as const,
    { name: 'inbox', conversation: ID, details: true } as const,
  ]) {
    expect(parseRoute(hrefOf(route))).toEqual(route)
  }
})

it('Routes: anything else is the list', () => {
  for (const hash of ['', '#', '#/', '#/c/', '#/c/../../x', '#/c/<img>', '#/nothing/here']) {
    expect(parseRoute(hash)).toEqual(LIST)
  }
})
