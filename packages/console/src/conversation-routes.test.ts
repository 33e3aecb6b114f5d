import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { expect, it } from 'vitest'

import { routeOf } from '../test/connector-rig.ts'
import { idOf } from '../test/desk-rig.ts'
import type { ConversationRoutes } from './conversation-routes.ts'
import { watchRoutes } from './conversation-routes.ts'
import { createState } from './state.ts'

function setUp() {
  const clock = createVirtualClock()
  const state = createState()
  const questions: { of: string; answer: (routes: ConversationRoutes) => void }[] = []
  const put: unknown[][] = []
  const far = { broken: false }
  const watch = watchRoutes({
    state,
    clock,
    visible: () => true,
    api: {
      routes: (of) =>
        far.broken
          ? Promise.reject(new Error('down'))
          : new Promise((answer) => questions.push({ of, answer })),
      async setDesks(...values) {
        if (far.broken) throw new Error('down')
        put.push(values)
      },
    },
  })
  return { clock, state, questions, put, far, watch }
}

const ROUTES = { desks: null, routes: [routeOf()] }

it('Routes: asked for when a conversation is shown, has grown, or some time has passed', async () => {
  const { clock, state, questions, watch } = setUp()
  watch.show(idOf(1), 3)
  watch.show(idOf(1), 3)
  expect(questions.map(({ of }) => of)).toEqual([idOf(1)])
  questions[0]?.answer(ROUTES)
  await clock.advance(0)
  expect(state.routes.value).toEqual({ conversation: idOf(1), ...ROUTES })
  watch.show(idOf(1), 4)
  questions[1]?.answer(ROUTES)
  await clock.advance(30_000)
  expect(questions).toHaveLength(3)
  watch.stop()
  questions[2]?.answer(ROUTES)
  await clock.advance(60_000)
  expect([questions.length, clock.timers()]).toEqual([3, 0])
})

it('C12: an answer for another conversation, or an older one, is not shown', async () => {
  const { clock, state, questions, watch } = setUp()
  watch.show(idOf(1), 1)
  watch.show(idOf(2), 1)
  questions[0]?.answer(ROUTES)
  await clock.advance(0)
  expect(state.routes.value).toBeNull()
  watch.show(idOf(2), 2)
  questions[2]?.answer({ desks: ['new'], routes: [] })
  questions[1]?.answer({ desks: ['old'], routes: [] })
  await clock.advance(0)
  expect(state.routes.value?.desks).toEqual(['new'])
  watch.show(null, 0)
  expect(state.routes.value).toBeNull()
})

it('Routes: choosing desks looks again; a fault is told, and what was known stays', async () => {
  const { clock, state, questions, put, far, watch } = setUp()
  watch.show(idOf(1), 1)
  questions[0]?.answer(ROUTES)
  await clock.advance(0)
  const done = watch.setDesks(idOf(1), ['a'])
  await clock.advance(0)
  questions[1]?.answer({ desks: ['a'], routes: [] })
  expect([await done, put]).toEqual([true, [[idOf(1), ['a']]]])
  expect(state.routes.value?.desks).toEqual(['a'])
  far.broken = true
  expect(await watch.setDesks(idOf(1), null)).toBe(false)
  watch.show(idOf(1), 2)
  await clock.advance(0)
  expect(state.routes.value?.desks).toEqual(['a'])
})
