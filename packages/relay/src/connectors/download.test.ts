import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { MAX_FILE_BYTES } from '../files/files.ts'
import type { Fetch } from './connector.ts'
import { SendError } from './connector.ts'
import { download } from './download.ts'
import { AnswerTooLarge, createGuardedFetch } from './guarded-fetch.ts'

const get = (fetch: Fetch, url = 'https://desk.test/file') =>
  download(
    url,
    {
      farSide: 'The desk',
      credentials: { origin: 'https://desk.test', headers: { authorization: 'secret' } },
    },
    { fetch, signal: new AbortController().signal, now: 0 },
  )
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof SendError ? error.failure : error),
  )
const answer =
  (status: number, headers: Record<string, string> = {}): Fetch =>
  async () =>
    new Response(status === 200 ? 'x' : null, { status, headers })

test('credentials stay with the far side, wherever it sends us', async () => {
  const seen: [string, string | null][] = []
  const hops: Record<string, string> = {
    'https://desk.test/file': '/signed',
    'https://desk.test/signed': 'https://desk.test.evil.test/x',
  }
  const got = await get(async (url, init) => {
    seen.push([url, new Headers(init?.headers).get('authorization')])
    const location = hops[url]
    return location === undefined
      ? new Response('bytes', { headers: { 'content-type': 'image/png; q=1' } })
      : new Response(null, { status: 302, headers: { location } })
  })
  expect(seen).toEqual([
    ['https://desk.test/file', 'secret'],
    ['https://desk.test/signed', 'secret'],
    ['https://desk.test.evil.test/x', null],
  ])
  expect(got.type).toBe('image/png')
})

test.each([
  [404, 'bad-content'],
  [410, 'bad-content'],
  [401, 'needs-reauth'],
  [403, 'needs-reauth'],
  [429, 'retry'],
  [503, 'retry'],
] as const)('%i is %s', async (status, failure) => {
  expect(await failureOf(get(answer(status)))).toBe(failure)
})

test('a link of storage that has ended is gone; going round in circles ends', async () => {
  expect(await failureOf(get(answer(403), 'https://storage.test/x'))).toBe('bad-content')
  expect(await failureOf(get(answer(302, { location: '/file' })))).toBe('bad-content')
  expect(await failureOf(get(answer(302, { location: 'http://' })))).toBe('bad-content')
  expect(await failureOf(get(answer(200), 'no address'))).toBe('bad-content')
})

test('a file may be as large as what is kept, and no larger', async () => {
  const server = createServer((request, response) => {
    response.end(Buffer.alloc(request.url === '/film' ? MAX_FILE_BYTES + 1 : MAX_FILE_BYTES, 7))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const guard = createGuardedFetch({ allow: ['127.0.0.1'] })
  try {
    expect((await get(guard.fetch, `${at}/book`)).bytes.byteLength).toBe(MAX_FILE_BYTES)
    await expect(get(guard.fetch, `${at}/film`)).rejects.toMatchObject({
      failure: 'too-large',
      message: 'the file at The desk is too large',
    })
  } finally {
    await guard.close()
    server.close()
  }
})

test('a file that is too large is so the next time, too', async () => {
  const large: Fetch = async () => {
    throw new AnswerTooLarge(4_000_000)
  }
  expect(await failureOf(get(large))).toBe('too-large')
  const broken: Fetch = async () => {
    throw new TypeError('terminated')
  }
  expect(await failureOf(get(broken))).toBe('unknown')
})
