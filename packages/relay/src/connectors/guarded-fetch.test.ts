import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GuardOptions } from './guarded-fetch.ts'
import { allowListProblems } from './address-guard.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

/** Anything that reaches the loopback is seen here. */
let port = 0
let hits: string[] = []
const canary = createServer((request, response) => {
  hits.push(request.url ?? '')
  if (request.url === '/away') {
    response.writeHead(302, { location: `http://127.0.0.1:${port}/inner` }).end()
    return
  }
  if (request.url === '/large' || request.url === '/chunked') {
    // Without its length, an answer is only known to be large when it was read that far.
    if (request.url === '/chunked') response.flushHeaders()
    response.end(Buffer.alloc(5_000_000))
    return
  }
  response.end(`proxy=${request.headers['via'] ?? 'none'}`)
})

beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  port = (canary.address() as AddressInfo).port
})
afterAll(() => {
  canary.closeAllConnections()
  canary.close()
})
beforeEach(() => {
  hits = []
})

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'inner.test': ['10.0.0.7'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'six.test': ['fd00::1'],
  'nothing.test': [],
  'metadata.google.internal': ['169.254.169.254'],
  '127.0.0.1.nip.test': ['127.0.0.1'],
}

async function get(url: string, options: Partial<GuardOptions> = {}): Promise<Response> {
  const guard = createGuardedFetch({
    allow: [],
    resolve: async (host) => NAMES[host] ?? ['127.0.0.1'],
    timeoutMs: 2_000,
    ...options,
  })
  try {
    return await guard.fetch(url.replaceAll('PORT', String(port)))
  } finally {
    await guard.close()
  }
}

/** The refusal itself, or the one behind fetch's "fetch failed". */
function codeOf(error: unknown): unknown {
  const at = error as { code?: unknown; cause?: { code?: unknown } }
  return at.code ?? at.cause?.code
}

const REFUSED = [
  'http://127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/',
  'https://2130706433:PORT/',
  'https://0x7f000001:PORT/',
  'https://0177.0.0.1:PORT/',
  'https://0x7f.1:PORT/',
  'https://127.1:PORT/',
  'https://127.0.0.1.:PORT/',
  'https://0.0.0.0:PORT/',
  'https://0:PORT/',
  'https://[::1]:PORT/',
  'https://[::]:PORT/',
  'https://[::ffff:127.0.0.1]:PORT/',
  'https://[::ffff:7f00:1]:PORT/',
  'https://[::127.0.0.1]:PORT/',
  'https://[64:ff9b::7f00:1]:PORT/',
  'https://[64:ff9b:1::7f00:1]:PORT/',
  'https://[2002:7f00:1::]:PORT/',
  'https://[2001:0:7f00:1::]:PORT/',
  'https://[fe80::1]:PORT/',
  'https://[fd00::1]:PORT/',
  'https://[ff02::1]:PORT/',
  'https://[4000::1]:PORT/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.64.0.1/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://localhost:PORT/',
  'https://LOCALHOST.:PORT/',
  'https://inner.test:PORT/',
  'https://mixed.test:PORT/',
  'https://six.test:PORT/',
  'https://nothing.test:PORT/',
  'https://metadata.google.internal/',
  'https://127.0.0.1.nip.test:PORT/',
  'https://example.com@127.0.0.1:PORT/',
  'https://127.0.0.1:PORT@public.test/',
  'https://user:secret@public.test:PORT/',
  'http://public.test:PORT/',
  'https://①②⑦.⓪.⓪.①:PORT/',
  'ftp://127.0.0.1:PORT/',
  'file:///etc/passwd',
  'data:text/plain,hello',
]

describe('SSRF: what the operator did not list is not reached', () => {
  test.each(REFUSED)('%s', async (url) => {
    const error: unknown = await get(url).catch((caught: unknown) => caught)
    expect(codeOf(error)).toBe('ADDRESS_REFUSED')
    expect(hits).toEqual([])
  })

  test('a name that changes its mind is resolved once, and connected where it was checked', async () => {
    const answers = [['192.0.0.8'], ['127.0.0.1']]
    let asked = 0
    const error: unknown = await get(`https://rebinding.test:PORT/`, {
      // First an address nobody answers on, then ours: a second look-up would reach the canary.
      resolve: async () => answers[asked++] ?? ['127.0.0.1'],
      allow: ['192.0.0.8/32'],
      timeoutMs: 300,
    }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Error)
    expect(asked).toBe(1)
    expect(hits).toEqual([])
  })

  test('listing a CIDR does not open names that also point elsewhere', async () => {
    const error: unknown = await get('http://two.test:PORT/', {
      allow: ['127.0.0.0/8'],
      resolve: async () => ['127.0.0.1', '10.0.0.1'],
    }).catch((caught: unknown) => caught)
    expect(codeOf(error)).toBe('ADDRESS_REFUSED')
    expect(hits).toEqual([])
  })
})

describe('SSRF: what the operator listed is reached', () => {
  test.each([
    ['an address', '127.0.0.1', 'http://127.0.0.1:PORT/'],
    ['a CIDR', '127.0.0.0/8', 'http://127.0.0.1:PORT/'],
    ['a CIDR behind a name', '127.0.0.0/8', 'http://rt.test:PORT/'],
    ['a host', 'RT.test', 'http://rt.test.:PORT/'],
  ])('%s', async (_what, allow, url) => {
    const response = await get(url, { allow: [allow] })
    expect(response.status).toBe(200)
    expect(hits).toEqual(['/'])
  })

  test('a redirect is handed back and not followed', async () => {
    const response = await get('http://127.0.0.1:PORT/away', { allow: ['127.0.0.1'] })
    expect(response.status).toBe(302)
    expect(hits).toEqual(['/away'])
  })

  test('but not with a user name in the address', async () => {
    const error: unknown = await get('http://user:pass@127.0.0.1:PORT/', {
      allow: ['127.0.0.1'],
    }).catch((caught: unknown) => caught)
    expect(codeOf(error)).toBe('ADDRESS_REFUSED')
    expect(hits).toEqual([])
  })

  test.each(['/large', '/chunked'])('an answer above the limit is cut off: %s', async (path) => {
    const guard = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 2_000 })
    try {
      const fetch = (maxBytes?: number) =>
        guard
          .fetch(`http://127.0.0.1:${port}${path}`, maxBytes === undefined ? {} : { maxBytes })
          .then((answer) => answer.arrayBuffer())
      await expect(fetch()).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' })
      await expect(fetch(4_999_999)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' })
      expect((await fetch(5_000_000)).byteLength).toBe(5_000_000)
    } finally {
      await guard.close()
    }
  })

  test('proxy variables are not read', async () => {
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:9'
    try {
      const response = await get('http://127.0.0.1:PORT/', { allow: ['127.0.0.1'] })
      expect(response.status).toBe(200)
    } finally {
      delete process.env['HTTP_PROXY']
      delete process.env['http_proxy']
    }
  })

  test('what is neither host nor CIDR is told at start', () => {
    expect(
      allowListProblems(['rt.example.com', '10.0.0.0/8', '::1', '10.0.0.0/99', 'a b']),
    ).toEqual(['10.0.0.0/99', 'a b'])
  })
})
