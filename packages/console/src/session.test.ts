import { HomingError } from '@homing/core'
import { expect, it } from 'vitest'

import { createSession } from './session.ts'

const ME = { agent: { id: 'owner', name: 'Support' }, sites: [{ key: 'pk_a', name: 'A' }] }

function setUp(options: { token?: string; signedIn?: boolean } = {}) {
  const rig = { signedIn: options.signedIn ?? false, forgot: 0, calls: [] as string[] }
  const session = createSession({
    token: options.token ?? null,
    forgetToken: () => rig.forgot++,
    api: {
      me: async () => (rig.signedIn ? ME : undefined),
      async signIn(password) {
        rig.calls.push(password)
        if (password === 'gone') throw new HomingError('unavailable', 'x')
        if (password === 'slow') {
          throw new HomingError('rate_limited', 'x', { retryAfter: 59_100 })
        }
        if (password !== 'right') throw new HomingError('unauthorized', 'x')
        rig.signedIn = true
      },
      async redeem(token) {
        rig.calls.push(token)
        if (token !== 'good') throw new HomingError('unauthorized', 'x')
        rig.signedIn = true
      },
      async signOut() {
        if (!rig.signedIn) throw new HomingError('unavailable', 'x')
        rig.signedIn = false
      },
    },
  })
  return { session, rig }
}

it('Session: who is signed in already sees the inbox at once', async () => {
  const { session } = setUp({ signedIn: true })
  await session.check()
  expect(session.now.value).toEqual({ state: 'in', me: ME })
})

it('Session: each failure of a sign-in has its sentence', async () => {
  const { session } = setUp()
  await session.check()
  const problems: unknown[] = []
  for (const password of ['wrong', 'slow', 'gone']) {
    await session.signIn(password)
    problems.push(session.now.value)
  }
  expect(problems).toEqual([
    { state: 'out', busy: false, problem: 'That password is not right.' },
    { state: 'out', busy: false, problem: 'Too many tries. Please wait 60 seconds.' },
    { state: 'out', busy: false, problem: 'The relay does not answer. Please try again.' },
  ])
  await session.signIn('right')
  expect(session.now.value.state).toBe('in')
})

it('Link: opening it spends nothing; continuing does, and takes it out of the address', async () => {
  const { session, rig } = setUp({ token: 'good' })
  await session.check()
  expect(session.now.value.state).toBe('link')
  expect(rig.calls).toEqual([])
  await session.useLink()
  expect([session.now.value.state, rig.forgot]).toEqual(['in', 1])
})

it('Link: a spent one says so and leads to the password', async () => {
  const { session, rig } = setUp({ token: 'spent' })
  await session.check()
  await session.useLink()
  expect(session.now.value).toMatchObject({ state: 'link', busy: false })
  session.usePassword()
  expect([session.now.value.state, rig.forgot]).toEqual(['out', 1])
})

it('Session: ended by the relay, it says so; a sign-out that failed is not pretended', async () => {
  const { session, rig } = setUp({ signedIn: true })
  await session.check()
  session.ended()
  expect(session.now.value).toMatchObject({
    state: 'out',
    problem: expect.stringContaining('ended'),
  })
  rig.signedIn = true
  await session.check()
  rig.signedIn = false
  await expect(session.signOut()).rejects.toThrow()
  expect(session.now.value.state).toBe('in')
})
