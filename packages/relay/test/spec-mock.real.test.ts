import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, startSpecMock } from './spec-mock.ts'
import type { SpecMock } from './spec-mock.ts'

const json = (schema: object): object => ({ content: { 'application/json': { schema } } })
const ID = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }
const DESCRIPTION = {
  openapi: '3.0.2',
  info: { title: 'Tea house', version: '1' },
  paths: {
    '/v2/cups': {
      post: {
        security: [{ key: [] }],
        requestBody: {
          required: true,
          ...json({
            type: 'object',
            required: ['tea'],
            properties: { tea: { type: 'string' } },
          }),
        },
        responses: {
          201: { description: 'made', ...json({ type: 'object' }) },
          400: { description: 'no', ...json({ type: 'object' }) },
        },
      },
    },
    '/v2/cups/{id}': { get: { parameters: [ID], responses: { 200: { description: 'it' } } } },
  },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'x-key' } } },
}
const CUP = {
  method: 'POST',
  path: '/sc/v2/cups',
  headers: { 'x-key': 'k' },
  body: { tea: 'mint' },
}

describe('a far side that checks by its description', () => {
  let directory: string
  let mock: SpecMock

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'homing-spec-'))
    const description = join(directory, 'tea.json')
    writeFileSync(description, JSON.stringify(DESCRIPTION))
    mock = await startSpecMock({
      description,
      rewrite: (path) => path.replace(/^\/sc/, ''),
      answer: ({ body }) => (body.includes('mint') ? { status: 200, body: { id: 7 } } : undefined),
    })
  })
  afterAll(async () => {
    await mock?.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('a good request is accepted, written down and answered as the test wants', async () => {
    const { method, path, headers, body } = CUP
    const answer = await fetch(mock.url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ id: 7 })
    expectAccepted(mock)
    expect(mock.requests).toMatchObject([
      { method, path, body: JSON.stringify(body), verdict: { state: 'accepted', status: 201 } },
    ])
    mock.forget()
    expect(mock.requests).toEqual([])
  })

  test('a bad body, path, header or media type is refused, with the reason', async () => {
    await expectRefused(mock, { ...CUP, body: { tea: 7 } }, /tea must be string/)
    await expectRefused(mock, { ...CUP, body: {} }, /tea/)
    await expectRefused(mock, { ...CUP, headers: {} }, /security/)
    await expectRefused(mock, { method: 'GET', path: '/sc/v2/cups/seven' }, /id must be integer/)
    expect(await mock.ask({ method: 'GET', path: '/sc/v2/cups/7' })).toMatchObject({
      state: 'accepted',
    })
  })

  test('a request of the connector that is refused fails the test that asked for it', async () => {
    mock.forget()
    expect(() => expectAccepted(mock)).toThrow('requests')
    expect((await fetch(`${mock.url}/sc/v2/cups/seven`)).status).toBe(422)
    expect(() => expectAccepted(mock)).toThrow('requests the description refuses')
    mock.forget()
  })

  test('a slip in the path is no refusal, nor is a good request', async () => {
    await expect(expectRefused(mock, { ...CUP, path: '/sc/v2/mugs' })).rejects.toThrow()
    await expect(expectRefused(mock, CUP)).rejects.toThrow()
  })
})
