import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { expect, it } from 'vitest'

import { idOf } from '../test/desk-rig.ts'
import { watchDeliveries } from './deliveries.ts'
import type { Parked } from './state.ts'
import { createState } from './state.ts'

const PARKED: Parked = {
  id: idOf(7),
  connector: 'webhook',
  conversation: idOf(1),
  seq: 3,
  attempts: 1,
  reason: 'Gone.',
  time: 0,
}

function setUp() {
  const clock = createVirtualClock()
  const state = createState()
  const far = { list: [PARKED] as readonly Parked[], broken: false, asked: 0, visible: true }
  const watch = watchDeliveries({
    site: 'pk_a',
    state,
    clock,
    visible: () => far.visible,
    api: {
      async parked() {
        far.asked++
        if (far.broken) throw new Error('down')
        return far.list
      },
      async replay(id) {
        if (!far.list.some((one) => one.id === id)) throw new Error('not there')
        far.list = []
      },
    },
  })
  return { clock, state, far, watch }
}

it('C10: a replay takes the delivery off the list; one that is gone is said', async () => {
  const { clock, state, watch } = setUp()
  await clock.advance(0)
  expect(state.deliveries.value).toEqual({ state: 'ready', parked: [PARKED] })
  watch.replay(PARKED.id)
  await clock.advance(0)
  expect([state.deliveries.value, state.notice.value]).toEqual([
    { state: 'ready', parked: [] },
    null,
  ])
  watch.replay(PARKED.id)
  await clock.advance(0)
  expect(state.notice.value).toContain('no longer waiting')
})

it('Deliveries: an old list is kept when a look fails; without one, the failure is shown', async () => {
  const { clock, state, far, watch } = setUp()
  await clock.advance(0)
  far.broken = true
  watch.load()
  await clock.advance(0)
  expect(state.deliveries.value.state).toBe('ready')
  state.deliveries.value = { state: 'loading' }
  watch.load()
  await clock.advance(0)
  expect(state.deliveries.value.state).toBe('failed')
})

it('Deliveries: looked at again while the page is seen, and never after the end', async () => {
  const { clock, far, watch } = setUp()
  await clock.advance(30_000)
  expect(far.asked).toBe(2)
  far.visible = false
  await clock.advance(120_000)
  expect(far.asked).toBe(2)
  far.visible = true
  await clock.advance(30_000)
  expect(far.asked).toBe(3)
  watch.stop()
  expect(clock.timers()).toBe(0)
})
