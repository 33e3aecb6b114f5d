import { HomingError } from '@homing/core'
import { expect, test } from 'vitest'
import type { Hint, Topic } from '../bus/bus.ts'
import type { Appended, NewEntry } from '../store/store.ts'
import { createAppend } from './append.ts'
import { routesFor } from './route.ts'

const ROUTES = [
  { connector: 'desk', role: 'desk', gatherMs: 0, takes: ['visitor', 'agent'] },
  { connector: 'hook', role: 'desk', gatherMs: 0, takes: ['visitor'] },
] as const

function rig(answer: (entry: NewEntry) => Promise<Partial<Appended>>) {
  const happened: string[] = []
  const stored: NewEntry[] = []
  const told: { topics: readonly Topic[]; hint: Hint }[] = []
  const append = createAppend({
    store: {
      append: async (entry) => {
        stored.push(entry)
        const appended = await answer(entry)
        happened.push('committed')
        const defaults = { fresh: true, visitor: 'v', created: false, statusChanged: false }
        const { id, author, time, body } = entry
        return { ...defaults, entry: { seq: 3, id, author, time, body }, ...appended }
      },
    },
    bus: {
      publish: (topics, hint) => {
        happened.push(hint.kind)
        told.push({ topics, hint })
      },
    },
    clock: { now: () => 1_000 },
    routesOf: (site) => (site === 'pk_demo' ? ROUTES : []),
    nudge: () => happened.push('nudge'),
  })
  return { append, happened, stored, told }
}

const draft = {
  site: 'pk_demo',
  conversation: 'c',
  id: 'd',
  author: { role: 'visitor', id: 'v' },
  body: { type: 'text', text: 'hello' },
} as const

test('C1: first the commit, then the hints, then the delivery worker', async () => {
  const { append, happened } = rig(async () => ({ statusChanged: true }))
  await append(draft)
  expect(happened).toEqual(['committed', 'grew', 'changed', 'nudge'])
})

test('C1: nothing is told of what was not committed', async () => {
  const { append, happened } = rig(() => Promise.reject(new HomingError('unavailable', 'Full.')))
  await expect(append(draft)).rejects.toMatchObject({ code: 'unavailable' })
  expect(happened).toEqual([])
})

test('C2, C11: a repeat is told to nobody', async () => {
  const { append, happened } = rig(async () => ({ fresh: false }))
  await append(draft)
  expect(happened).toEqual(['committed'])
})

test('C12: hints go to the conversation’s visitor and the site’s agents, and to nobody else', async () => {
  const { append, told } = rig(async () => ({ visitor: 'owner' }))
  await append({ ...draft, author: { role: 'agent', id: 'ada' } })
  expect(told[0]?.topics).toEqual(['visitor:owner', 'agents:pk_demo'])
  expect(told[0]?.hint).toMatchObject({ kind: 'grew', visitor: 'owner', seq: 3 })
})

test('C10: every connector that takes the author is owed the entry, in the same commit', async () => {
  const { append, stored } = rig(async () => ({}))
  await append(draft)
  await append({ ...draft, author: { role: 'agent', id: 'ada' } })
  await append({ ...draft, author: { role: 'system', id: 'relay' } })
  expect(stored.map(({ connectors }) => connectors)).toEqual([['desk', 'hook'], ['desk'], []])
})

test('C11: what a far side told is never sent back there', () => {
  const entry = { author: { role: 'visitor', id: 'v' }, body: draft.body, from: 'desk' } as const
  expect(routesFor(entry, ROUTES).map(({ connector }) => connector)).toEqual(['hook'])
})
