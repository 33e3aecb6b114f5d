import { HomingError } from '@homing/core'
import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { expect, it } from 'vitest'

import { CHATWOOT, lineOf } from '../test/connector-rig.ts'
import type { ConnectorLine } from './connector.ts'
import { watchConnectors } from './connectors.ts'
import { createState } from './state.ts'

const BODY = { type: 'chatwoot', role: 'desk', settings: {} }

function setUp() {
  const clock = createVirtualClock()
  const state = createState()
  const far = {
    lines: [lineOf()] as readonly ConnectorLine[],
    problems: [] as readonly string[],
    fault: undefined as HomingError | undefined,
    types: 0,
    lists: 0,
  }
  const watch = watchConnectors({
    site: 'pk_a',
    state,
    clock,
    visible: () => true,
    api: {
      async connectorTypes() {
        far.types++
        return { relay: 'https://relay.test', types: [CHATWOOT] }
      },
      async connectors() {
        far.lists++
        if (far.fault) throw far.fault
        return far.lines
      },
      async saveConnector() {
        if (far.fault) throw far.fault
        return far.problems
      },
      async removeConnector() {
        if (far.fault) throw far.fault
        far.lines = []
      },
      async examine() {
        if (far.fault) throw far.fault
        return [{ level: 'ok', message: 'Well.' }]
      },
    },
  })
  return { clock, state, far, watch }
}

it('Connectors: types are asked for once, how they are again and again', async () => {
  const { clock, state, far, watch } = setUp()
  await clock.advance(0)
  expect(state.connectors.value).toMatchObject({ state: 'ready', lines: [{ id: 'chatwoot' }] })
  await clock.advance(60_000)
  expect([far.types, far.lists]).toEqual([1, 3])
  watch.stop()
  expect(clock.timers()).toBe(0)
})

it('Connectors: an old list is kept when a look fails; without one, the failure is shown', async () => {
  const { clock, state, far, watch } = setUp()
  await clock.advance(0)
  far.fault = new HomingError('unavailable', 'down')
  watch.load()
  await clock.advance(0)
  expect(state.connectors.value.state).toBe('ready')
  state.connectors.value = { state: 'loading' }
  watch.load()
  await clock.advance(0)
  expect(state.connectors.value.state).toBe('failed')
})

it('Connectors: a save is told as saved, refused with every problem, or failed', async () => {
  const { far, watch } = setUp()
  expect(await watch.save('a', BODY)).toEqual({ state: 'saved' })
  far.problems = ['settings.url: wrong', 'id: taken']
  expect(await watch.save('a', BODY)).toEqual({ state: 'refused', problems: far.problems })
  far.fault = new HomingError('unavailable', 'The relay does not answer.')
  expect(await watch.save('a', BODY)).toEqual({
    state: 'failed',
    reason: 'The relay does not answer.',
  })
})

it('Connectors: removing one that is gone already is done; a fault is not', async () => {
  const { clock, state, far, watch } = setUp()
  expect(await watch.remove('chatwoot')).toBe(true)
  await clock.advance(0)
  expect(state.connectors.value).toMatchObject({ lines: [] })
  far.fault = new HomingError('not_found', 'gone')
  expect(await watch.remove('chatwoot')).toBe(true)
  far.fault = new HomingError('unavailable', 'down')
  expect(await watch.remove('chatwoot')).toBe(false)
  expect(await watch.examine('chatwoot')).toBeUndefined()
})
