import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ERROR_CODES } from '../packages/core/src/errors.ts'
import type { RelayProcess } from './relay-process.ts'
import { API_KEY, startRelay } from './relay-process.ts'

/** The page's examples, run as they stand, against a relay of their own. */

const PAGE = readFileSync(join(import.meta.dirname, '../docs/agents-api.md'), 'utf8')
const CONVERSATION = '01a2073f-aafe-79c3-86fd-b03f5f79b90f'
const ORIGIN = 'https://shop.example.com'
const missingCurl = spawnSync('curl', ['--version']).status !== 0

/** Each command with the answer that the page shows for it, if it shows one. */
const EXAMPLES = [...PAGE.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
  ([, command = '', answer]) => ({ command: command.trim(), answer }),
)

describe.skipIf(missingCurl)('docs/agents-api.md', () => {
  let relay: RelayProcess

  beforeAll(async () => {
    relay = await startRelay({ program: 'relay' })
    const site = {
      name: 'Lamps',
      origins: [ORIGIN],
      appearance: { accent: '#3b5bdb', side: 'end', scheme: 'auto' },
    }
    await api('PUT', 'sites/pk_live', site)
    await ask(relay.origin)
  })
  afterAll(() => relay.stop())

  const api = (method: string, path: string, body: unknown): Promise<Response> =>
    fetch(`${relay.origin}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}` },
      body: JSON.stringify(body),
    })

  test('has examples', () => expect(EXAMPLES.length).toBeGreaterThan(6))

  test.each(EXAMPLES)('$command', async ({ command, answer }) => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command], {
      env: { ...process.env, RELAY: relay.origin, KEY: API_KEY, CONVERSATION },
    })
    expect(stdout).not.toContain('"error"')
    if (answer) expect(shapeOf(JSON.parse(stdout))).toEqual(shapeOf(JSON.parse(answer)))
  })

  test.each(found(/^\| `(\w+)` +\| (\d{3}) +\| (yes|no) +\|/gm))(
    'the error %s has status %s, retryable: %s',
    (code = '', status, retryable) => {
      const known = new Map(Object.entries(ERROR_CODES)).get(code)
      expect(known).toEqual({ status: Number(status), retryable: retryable === 'yes' })
    },
  )

  test('C2: an answer sent twice is there once, and its id takes no other words', async () => {
    const id = '01a20741-2f10-7c3d-9a55-6f0a1b2c3d4f'
    const post = (text: string): Promise<Response> =>
      api('POST', `conversations/${CONVERSATION}/entries`, { id, body: { type: 'text', text } })
    const statuses = [await post('Yes.'), await post('Yes.'), await post('No.')]
    expect(statuses.map(({ status }) => status)).toEqual([201, 200, 409])
  })
})

function found(pattern: RegExp): string[][] {
  return [...PAGE.matchAll(pattern)].map((match) => match.slice(1))
}

/** A visitor's first words, over long-poll. */
async function ask(relay: string): Promise<void> {
  const page = { url: `${ORIGIN}/lamps/nine/`, title: 'Nine' }
  const hello = { t: 'hello', v: 1, site: 'pk_live', token: null, device: 'docs', positions: {} }
  const body = { type: 'text', text: 'Is the blue one in stock?' }
  const id = '01a2073f-b2f1-7ebb-9bc8-a28df320cf4a'
  const response = await fetch(`${relay}/v1/sync`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({
      nonce: 'docs',
      wait: 0,
      frames: [
        { ...hello, client: 'docs/1', locale: 'en', page },
        { t: 'send', id, conversation: CONVERSATION, n: 1, body },
      ],
    }),
  })
  expect(await response.text()).toContain('"ack"')
}

/** Names of fields and kinds of values, of lists those of the first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item)]))
}
