import { expect, it } from 'vitest'

import { createApi } from './api.ts'

function answering(status: number, body: unknown) {
  const asked: { path: string; init: RequestInit | undefined }[] = []
  const api = createApi(async (path, init) => {
    asked.push({ path: typeof path === 'string' ? path : '', init })
    return new Response(body === null ? null : JSON.stringify(body), { status })
  })
  return { api, asked }
}

it('API: nobody signed in is an answer, a broken relay is an error', async () => {
  expect(await answering(401, { error: {} }).api.me()).toBeUndefined()
  await expect(answering(502, 'x').api.me()).rejects.toMatchObject({ code: 'unavailable' })
  const failing = createApi(() => Promise.reject(new TypeError('network')))
  await expect(failing.me()).rejects.toMatchObject({ code: 'unavailable' })
})

it('API: errors keep what a person can use', async () => {
  const error = { code: 'rate_limited', message: 'Slow down.', retryable: true, retryAfter: 900 }
  await expect(answering(429, { error }).api.signIn('x')).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'Slow down.',
    retryAfter: 900,
  })
})

it('API: ids never change the address they are put into', async () => {
  const { api, asked } = answering(204, null)
  await api.replay('../../console/sign-out')
  await api.setStatus('a/b?c', 'resolved')
  expect(asked.map(({ path }) => path)).toEqual([
    '/api/v1/deliveries/..%2F..%2Fconsole%2Fsign-out/replay',
    '/api/v1/conversations/a%2Fb%3Fc',
  ])
  expect(asked[1]?.init).toMatchObject({ method: 'PATCH', body: '{"status":"resolved"}' })
})
