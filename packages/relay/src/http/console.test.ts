import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

import { openConsoleFiles } from './console-files.ts'
import type { ConsoleFiles } from './console-files.ts'
import { consoleRoutes } from './console.ts'
import type { Identity } from './identity.ts'

const OWN = 'https://relay.example.com'
const AGENT = { id: 'owner', name: 'Support' }

const FILES: ConsoleFiles = {
  script: 'console-abc.js',
  get: (name) =>
    name === 'console-abc.js'
      ? {
          type: 'text/javascript; charset=utf-8',
          bytes: new TextEncoder().encode('plain'),
          brotli: new TextEncoder().encode('small'),
        }
      : undefined,
}

function setUp(files = FILES) {
  const errors: unknown[] = []
  const calls: unknown[][] = []
  const identity: Identity = {
    agentOf: async (request) => (request.headers.get('cookie') === 'in' ? AGENT : undefined),
    fromOwnPage: (request) => request.headers.get('origin') === OWN,
    async signIn(...call) {
      calls.push(['signIn', ...call.slice(0, 2)])
      if (call[0] === 'slow') {
        throw new HomingError('rate_limited', 'Too many tries.', { retryAfter: 1_500 })
      }
      if (call[0] === 'broken') throw new Error('secret detail')
      if (call[0] !== 'right') throw new HomingError('unauthorized', 'That did not match.')
      return { agent: AGENT, cookie: 'in' }
    },
    async redeem(...call) {
      calls.push(['redeem', ...call.slice(0, 2)])
      return { agent: AGENT, cookie: 'in' }
    },
    signOut: async () => 'gone',
    onSessionEnd: () => () => {},
    issueOneTimeLink: () => '',
  }
  const routes = consoleRoutes({
    identity,
    files,
    sites: async () => [{ key: 'pk_a', name: 'A', origins: ['https://secret.example'] } as never],
    ipOf: () => '192.0.2.1',
    onError: (error) => errors.push(error),
  })
  // As the relay mounts them: below an application with a face of its own.
  const app = new Hono().route('/', routes)
  const post = (path: string, value: unknown, origin: string | null = OWN) => {
    const body = typeof value === 'string' ? value : JSON.stringify(value)
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(origin === null ? {} : { origin }),
    }
    return app.request(path, { method: 'POST', headers, body })
  }
  return { app, post, errors, calls }
}

describe('the page', () => {
  it.each([
    '/console',
    '/console/link',
    '/console/me',
    '/console/nothing',
    '/console/assets/no.js',
  ])('Headers: %s is walled in', async (path) => {
    const { headers } = await setUp().app.request(path)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('Page: the same for everyone, with one script and nothing inline', async () => {
    const { app } = setUp()
    const html = await (await app.request('/console')).text()
    expect(await (await app.request('/console', { headers: { cookie: 'in' } })).text()).toBe(html)
    expect(html.match(/<script[^>]*>/g)).toEqual([
      '<script type="module" src="/console/assets/console-abc.js">',
    ])
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/)
  })

  it('Page: says what to do when it was not built', async () => {
    const response = await setUp({ script: undefined, get: () => undefined }).app.request(
      '/console',
    )
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('pnpm build')
  })

  it('Assets: kept for good, packed for those who can read it', async () => {
    const { app } = setUp()
    const path = '/console/assets/console-abc.js'
    const packed = await app.request(path, { headers: { 'accept-encoding': 'gzip, br' } })
    expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(packed.headers.get('content-encoding')).toBe('br')
    expect(packed.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await packed.text()).toBe('small')
    expect(await (await app.request(path)).text()).toBe('plain')
  })

  it('Assets: only what was built, never a way out of the folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'homing-console-files-'))
    try {
      await writeFile(join(folder, 'manifest.json'), '{"console":{"file":"console-1.js"}}')
      await writeFile(join(folder, 'console-1.js'), 'export {}')
      await writeFile(join(folder, 'console-1.js.map'), '{}')
      const files = await openConsoleFiles(folder)
      expect(files.script).toBe('console-1.js')
      expect(files.get('console-1.js')?.type).toBe('text/javascript; charset=utf-8')
      for (const name of [
        'manifest.json',
        'console-1.js.map',
        '../package.json',
        '__proto__',
        '',
      ]) {
        expect(files.get(name)).toBeUndefined()
      }
      expect((await openConsoleFiles(join(folder, 'nowhere'))).script).toBeUndefined()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('the way in', () => {
  it('Sign-in: sets the cookie and says nothing else', async () => {
    const { post, calls } = setUp()
    const response = await post('/console/sign-in', { password: 'right' })
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toBe('in')
    expect(calls).toEqual([['signIn', 'right', '192.0.2.1']])
  })

  it('Link: reading it spends nothing, posting the token does', async () => {
    const { app, post, calls } = setUp()
    await app.request('/console/link')
    await app.request('/console/link', { method: 'HEAD' })
    expect(calls).toEqual([])
    expect((await post('/console/link', { token: 't' })).status).toBe(204)
    expect(calls).toEqual([['redeem', 't', '192.0.2.1']])
  })

  it('Sign-in: every failure has its code, status and sentence', async () => {
    const { post, errors } = setUp()
    const wrong = await post('/console/sign-in', { password: 'wrong' })
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      { error: { code: 'unauthorized', message: 'That did not match.', retryable: false } },
    ])
    const slow = await post('/console/sign-in', { password: 'slow' })
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '2'])
    for (const body of ['', 'x', '[]', '"right"', 'null', { password: 5 }, { pass: 'right' }]) {
      expect((await post('/console/sign-in', body)).status).toBe(400)
    }
    expect((await post('/console/sign-in', { password: 'x'.repeat(9_000) })).status).toBe(413)
    expect(errors).toEqual([])
  })

  it('Sign-in: our own faults are told to the log and not to the guest', async () => {
    const { post, errors } = setUp()
    const response = await post('/console/sign-in', { password: 'broken' })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(errors).toHaveLength(1)
  })

  it.each(['/console/sign-in', '/console/link', '/console/sign-out'])(
    'CSRF: %s from a foreign or unnamed page is refused before anything is looked at',
    async (path) => {
      const { post, calls } = setUp()
      for (const origin of ['https://evil.example', 'null', null]) {
        const response = await post(path, { password: 'right', token: 't' }, origin)
        expect(response.status).toBe(403)
        expect(response.headers.get('set-cookie')).toBeNull()
      }
      expect(calls).toEqual([])
    },
  )

  it('Sign-out: takes the cookie away', async () => {
    const response = await setUp().post('/console/sign-out', {})
    expect([response.status, response.headers.get('set-cookie')]).toEqual([204, 'gone'])
  })

  it('Me: nobody without a session; with one, the agent and the sites’ names only', async () => {
    const { app } = setUp()
    expect((await app.request('/console/me')).status).toBe(401)
    const response = await app.request('/console/me', { headers: { cookie: 'in' } })
    expect(await response.json()).toEqual({ agent: AGENT, sites: [{ key: 'pk_a', name: 'A' }] })
  })
})
