import { expect, it, onTestFinished } from 'vitest'

import { openRelayRig } from '../packages/relay/test/relay-rig.ts'
import { AGENTS_ROUTES, OPEN_ROUTES } from './strangers.ts'

it('C12: every address of the relay is among those that are tried on a stranger’s conversation', async () => {
  const rig = await openRelayRig()
  onTestFinished(() => rig.close())
  // What is registered for all methods only looks at requests on their way.
  const routes = rig.relay.app.routes.filter(({ method }) => method !== 'ALL')
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  const tried = new Set(
    [...AGENTS_ROUTES, ...OPEN_ROUTES].map(({ method, pattern }) => `${method} ${pattern}`),
  )
  expect(tried).toEqual(names)
})
