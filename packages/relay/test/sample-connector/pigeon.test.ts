import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectorContract } from '../contracts/connector-contract.ts'
import { pigeon } from './pigeon.ts'

const TOKEN = 'a token of the contract'

connectorContract({
  connector: pigeon,
  settings: (url) => ({ url, token: TOKEN }),
  required: ['url', 'token'],
  wrong: { url: 'no address' },
  sign: (body) => ({
    method: 'POST',
    headers: { 'x-pigeon-token': TOKEN },
    url: '/v1/hooks/pigeon',
    body: new TextEncoder().encode(body),
  }),
  signature: { headers: ['x-pigeon-token'], stamped: false, covers: false },
  message: JSON.stringify({ type: 'answer', id: 'a1', ticket: '7', agent: 'Mia', text: 'hi' }),
  echo: JSON.stringify({
    type: 'answer',
    id: 'a2',
    ticket: '7',
    agent: 'relay',
    text: 'hi',
    via: 'api',
  }),
  unknown: JSON.stringify({ type: 'tag.added', ticket: '7' }),
  healthy: () => ({ status: 201, body: JSON.stringify({ id: 'm1', ticket: '7' }) }),
  keyOf: ({ body }) => (JSON.parse(body) as { key?: string }).key,
})

test('what docs/writing-a-connector.md shows of it is what runs here', () => {
  const root = join(import.meta.dirname, '../../../..')
  const page = readFileSync(join(root, 'docs/writing-a-connector.md'), 'utf8')
  const source = ['pigeon.ts', 'pigeon.test.ts']
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n')
  const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
  expect(shown.length).toBeGreaterThan(3)
  for (const piece of shown) expect(source).toContain(piece.trim())
})
