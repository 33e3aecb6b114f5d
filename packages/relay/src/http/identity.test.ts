import { HomingError } from '@homing/core'
import { describe, expect, it } from 'vitest'

import type { ConsoleSession } from '../store/store.ts'
import {
  ALL_BURST,
  createIdentity,
  IP_BURST,
  IP_EVERY_MS,
  LINK_TTL_MS,
  SESSION_IDLE_MS,
  SESSION_LIFE_MS,
} from './identity.ts'

const PASSWORD = 'correct horse battery staple'
const START = Date.UTC(2026, 2, 1)

function setUp(options: { publicUrl?: string; ownerPassword?: string | undefined } = {}) {
  const time = { now: START }
  const sessions = new Map<string, ConsoleSession>()
  const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex')
  let counter = 0
  const identity = createIdentity({
    store: {
      saveSession: async (session) => void sessions.set(keyOf(session.tokenHash), session),
      session: async (hash, now) => {
        const found = sessions.get(keyOf(hash))
        return found !== undefined && found.expires > now ? found : undefined
      },
      dropSession: async (hash) => void sessions.delete(keyOf(hash)),
    },
    clock: { now: () => time.now, monotonic: () => time.now - START },
    randomBytes: (count) => new Uint8Array(count).fill(++counter),
    publicUrl: options.publicUrl ?? 'https://relay.example.com',
    ...('ownerPassword' in options ? options : { ownerPassword: PASSWORD }),
  })
  return { identity, sessions, time }
}

function asking(cookie?: string, headers: Record<string, string> = {}): Request {
  const value = cookie?.split(';')[0]
  return new Request('https://relay.example.com/console/me', {
    headers: { ...headers, ...(value === undefined ? {} : { cookie: `other=1; ${value}` }) },
  })
}

const linkToken = (link: string): string => new URL(link).hash.slice(1)

// scrypt is slow on purpose, and slower on a busy machine.
describe('sign-in by password', { timeout: 60_000 }, () => {
  it('Sign-in: the right password gives a session, the cookie names its agent', async () => {
    const { identity } = setUp()
    const { cookie, agent } = await identity.signIn(PASSWORD, '192.0.2.1', asking())
    expect(agent).toEqual({ id: 'owner', name: 'Support' })
    expect(await identity.agentOf(asking(cookie))).toEqual(agent)
  })

  it('Sign-in: wrong, empty, over-long and unset passwords fail alike', async () => {
    const { identity } = setUp()
    const without = setUp({ ownerPassword: undefined }).identity
    const seen: unknown[] = []
    for (const attempt of [
      () => identity.signIn('wrong', '192.0.2.1', asking()),
      () => identity.signIn('', '192.0.2.1', asking()),
      () => identity.signIn(PASSWORD + 'x'.repeat(2_000), '192.0.2.1', asking()),
      () => identity.redeem('wrong', '192.0.2.1', asking()),
      () => without.signIn(PASSWORD, '192.0.2.1', asking()),
    ]) {
      const error: unknown = await attempt().catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(HomingError)
      const { code, message, retryable, retryAfter } = error as HomingError
      seen.push(JSON.stringify({ code, message, retryable, retryAfter }))
    }
    expect(new Set(seen).size).toBe(1)
    expect(seen[0]).toContain('unauthorized')
  })

  it('Sign-in: only the beginning of an over-long guess is right, so it is wrong', async () => {
    const long = 'p'.repeat(1_024)
    const { identity } = setUp({ ownerPassword: long })
    await expect(identity.signIn(`${long}p`, '192.0.2.1', asking())).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  it('Sign-in: one address is slowed down after a few guesses, another is not', async () => {
    const { identity, time } = setUp()
    for (let i = 0; i < IP_BURST; i++) {
      await expect(identity.redeem('wrong', '192.0.2.1', asking())).rejects.toMatchObject({
        code: 'unauthorized',
      })
    }
    // Even the right one: an answer would tell the guesser which it was.
    await expect(identity.signIn(PASSWORD, '192.0.2.1', asking())).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfter: IP_EVERY_MS,
    })
    await expect(identity.signIn(PASSWORD, '192.0.2.2', asking())).resolves.toBeDefined()
    time.now += IP_EVERY_MS
    await expect(identity.signIn(PASSWORD, '192.0.2.1', asking())).resolves.toBeDefined()
  })

  it('Sign-in: the addresses of one IPv6 network are one guesser', async () => {
    const { identity } = setUp()
    for (let i = 0; i < IP_BURST; i++) {
      await identity.redeem('wrong', `2001:db8:1:2::${i}`, asking()).catch(() => undefined)
    }
    const same = identity.redeem('wrong', '2001:db8:1:2:ffff::1', asking())
    await expect(same).rejects.toMatchObject({ code: 'rate_limited' })
    const other = identity.redeem('wrong', '2001:db8:1:3::1', asking())
    await expect(other).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('Sign-in: a crowd of addresses is slowed down together', async () => {
    const { identity } = setUp()
    for (let i = 0; i < ALL_BURST; i++) {
      await identity.redeem('wrong', `192.0.2.${i}`, asking()).catch(() => undefined)
    }
    await expect(identity.redeem('wrong', '198.51.100.1', asking())).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })

  it('Sign-in: honest sign-ins cost no allowance', async () => {
    const { identity } = setUp()
    for (let i = 0; i < IP_BURST + 2; i++) {
      const token = linkToken(identity.issueOneTimeLink())
      await identity.redeem(token, '192.0.2.1', asking())
    }
  })
})

describe('one-time link', () => {
  it('Link: signs in once; a replay is refused', async () => {
    const { identity } = setUp()
    const link = identity.issueOneTimeLink()
    expect(link).toMatch(/^https:\/\/relay\.example\.com\/console\/link#[\w-]{43}$/)
    const { cookie } = await identity.redeem(linkToken(link), '192.0.2.1', asking())
    expect(await identity.agentOf(asking(cookie))).toBeDefined()
    await expect(identity.redeem(linkToken(link), '192.0.2.1', asking())).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  it('Link: two at once get one session', async () => {
    const { identity, sessions } = setUp()
    const token = linkToken(identity.issueOneTimeLink())
    const both = await Promise.allSettled([
      identity.redeem(token, '192.0.2.1', asking()),
      identity.redeem(token, '192.0.2.1', asking()),
    ])
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(sessions.size).toBe(1)
  })

  it('Link: ends after its time, and with the next one', async () => {
    const { identity, time } = setUp()
    const first = linkToken(identity.issueOneTimeLink())
    const second = linkToken(identity.issueOneTimeLink())
    await expect(identity.redeem(first, '192.0.2.1', asking())).rejects.toThrow()
    time.now += LINK_TTL_MS
    await expect(identity.redeem(second, '192.0.2.1', asking())).rejects.toThrow()
  })
})

describe('session', () => {
  const signedIn = async (publicUrl?: string) => {
    const rig = setUp(publicUrl === undefined ? {} : { publicUrl })
    const token = linkToken(rig.identity.issueOneTimeLink())
    return { ...rig, ...(await rig.identity.redeem(token, '192.0.2.1', asking())) }
  }

  it('Session: kept as a hash, never as it is', async () => {
    const { sessions, cookie } = await signedIn()
    const secret = /=([\w-]{43});/.exec(cookie)?.[1] ?? ''
    const kept = JSON.stringify([...sessions])
    expect(secret).toHaveLength(43)
    expect(kept).not.toContain(secret)
    expect(kept).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
  })

  it('Session: the cookie is bound to https and to this host', async () => {
    const { cookie } = await signedIn()
    expect(cookie).toMatch(
      /^__Host-homing=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=2592000$/,
    )
  })

  it('Session: only this very machine may go without Secure', async () => {
    const { cookie } = await signedIn('http://127.0.0.1:8787')
    expect(cookie).toMatch(/^homing=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    for (const publicUrl of ['http://relay.example.com', 'http://localhost.example.com']) {
      await expect(signedIn(publicUrl)).rejects.toMatchObject({ code: 'bad_request' })
    }
  })

  it('Session: a new sign-in ends the one it came with', async () => {
    const { identity, cookie, sessions } = await signedIn()
    const token = linkToken(identity.issueOneTimeLink())
    const next = await identity.redeem(token, '192.0.2.1', asking(cookie))
    expect(next.cookie).not.toBe(cookie)
    expect(await identity.agentOf(asking(cookie))).toBeUndefined()
    expect(await identity.agentOf(asking(next.cookie))).toBeDefined()
    expect(sessions.size).toBe(1)
  })

  it('Session: sign-out ends it at once and clears the cookie', async () => {
    const { identity, cookie, sessions } = await signedIn()
    expect(await identity.signOut(asking(cookie))).toMatch(/^__Host-homing=; .*Max-Age=0$/)
    expect(await identity.agentOf(asking(cookie))).toBeUndefined()
    expect(sessions.size).toBe(0)
  })

  it('Session: whoever listens is told of its end, after it', async () => {
    const { identity, cookie } = await signedIn()
    const seen: unknown[] = []
    const stop = identity.onSessionEnd(() => {
      void identity.agentOf(asking(cookie)).then((agent) => seen.push(agent))
    })
    await identity.signOut(asking())
    expect(seen).toEqual([])
    await identity.signOut(asking(cookie))
    await Promise.resolve()
    expect(seen).toEqual([undefined])
    stop()
    await identity.signOut(asking(cookie))
    expect(seen).toHaveLength(1)
  })

  it('Session: only a use prolongs it, a look does not', async () => {
    const { identity, cookie, time } = await signedIn()
    time.now += SESSION_IDLE_MS - 1
    expect(await identity.agentOf(asking(cookie), 'look')).toBeDefined()
    time.now += 1
    expect(await identity.agentOf(asking(cookie), 'look')).toBeUndefined()
  })

  it('Session: idle ones end, used ones go on, but not for ever', async () => {
    const { identity, cookie, time } = await signedIn()
    const step = SESSION_IDLE_MS - 60_000
    while (time.now + step < START + SESSION_LIFE_MS) {
      time.now += step
      expect(await identity.agentOf(asking(cookie))).toBeDefined()
    }
    time.now = START + SESSION_LIFE_MS
    expect(await identity.agentOf(asking(cookie))).toBeUndefined()

    const idle = await signedIn()
    idle.time.now += SESSION_IDLE_MS
    expect(await idle.identity.agentOf(asking(idle.cookie))).toBeUndefined()
  })

  it('Session: made-up, malformed and foreign cookies name nobody', async () => {
    const { identity } = await signedIn()
    const values = ['', 'x', 'A'.repeat(43), `${'A'.repeat(43)}=`, '%00', 'A'.repeat(5_000)]
    for (const value of values) {
      expect(await identity.agentOf(asking(`__Host-homing=${value}`))).toBeUndefined()
    }
    expect(await identity.agentOf(asking())).toBeUndefined()
  })

  it('Session: the cookie of a plain local relay does not pass for the bound one', async () => {
    const { identity, cookie } = await signedIn()
    expect(await identity.agentOf(asking(cookie.replace('__Host-', '')))).toBeUndefined()
  })
})

describe('own page', () => {
  const cases: readonly [string, Record<string, string>, boolean][] = [
    ['its own origin', { origin: 'https://relay.example.com' }, true],
    [
      'with Sec-Fetch-Site',
      { origin: 'https://relay.example.com', 'sec-fetch-site': 'same-origin' },
      true,
    ],
    ['no origin', {}, false],
    ['null', { origin: 'null' }, false],
    ['another scheme', { origin: 'http://relay.example.com' }, false],
    ['another port', { origin: 'https://relay.example.com:8443' }, false],
    ['a suffix', { origin: 'https://relay.example.com.evil.example' }, false],
    ['a prefix', { origin: 'https://evil-relay.example.com' }, false],
    ['a sub-domain', { origin: 'https://a.relay.example.com' }, false],
    ['user info', { origin: 'https://relay.example.com@evil.example' }, false],
    ['two of them', { origin: 'https://relay.example.com, https://evil.example' }, false],
    [
      'a browser that disagrees',
      { origin: 'https://relay.example.com', 'sec-fetch-site': 'cross-site' },
      false,
    ],
  ]
  it.each(cases)('CSRF: %s', (_, headers, allowed) => {
    expect(setUp().identity.fromOwnPage(asking(undefined, headers))).toBe(allowed)
  })

  it('CSRF: the machine’s own names are one relay, its other ports are not', () => {
    const { identity } = setUp({ publicUrl: 'http://localhost:8787' })
    const from = (origin: string) => identity.fromOwnPage(asking(undefined, { origin }))
    expect(from('http://localhost:8787')).toBe(true)
    expect(from('http://127.0.0.1:8787')).toBe(true)
    expect(from('http://localhost:3000')).toBe(false)
  })
})
