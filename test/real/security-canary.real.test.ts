import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import type { Answer, SeenRequest } from '../../packages/relay/test/fault-server.ts'
import { startFaultServer } from '../../packages/relay/test/fault-server.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { rawPoll, rawPost } from '../raw-poll.ts'
import type { HttpAnswer } from '../relay-api.ts'
import { ORIGIN, SITE, createRelayApi, newId, words } from '../relay-api.ts'
import { startRelay } from '../relay-process.ts'
import { until } from '../until.ts'
import { createWebhookSender } from '../webhook-sender.ts'

/** What people say and what opens doors, each recognisable wherever it comes to light. */
const SAID = {
  text: 'CANARY-TEXT at Example Street 1',
  mail: 'canary.mail@example.com',
  page: 'https://shop.test/?reset=CANARY-PAGE',
  title: 'CANARY-TITLE',
  agentsText: 'CANARY-ANSWER',
  agentsName: 'CANARY-NAME',
}
const SECRETS = {
  apiKey: 'CANARY-API-KEY-0123456789',
  password: 'CANARY-PASSWORD-0123456789',
  webhookSecret: `whsec_${Buffer.from('CANARY-WEBHOOK-SECRET-0123456789').toString('base64')}`,
  rtToken: 'CANARY-RT-TOKEN-0123456789',
  rtSecret: `whsec_${Buffer.from('CANARY-RT-SECRET-0123456789-01234').toString('base64')}`,
}
/** What does not open anything, but would have been somebody's secret. */
const GUESSES = {
  token: 'CANARY-TOKEN',
  jwt: 'CANARY-JWT',
  key: 'CANARY-WRONG-KEY-0123456789',
  password: 'CANARY-WRONG-PASSWORD',
  link: 'CANARY-LINK',
  cookie: `CANARY${'x'.repeat(37)}`,
  query: 'CANARY-QUERY',
  agent: 'CANARY-USER-AGENT',
}

const MAIL_GATEWAY = '/REST/1.0/NoAuth/mail-gateway'

type Behave = (seen: SeenRequest) => Answer

/** A helpdesk and a webhook's end that do as they should … */
function well({ path }: SeenRequest): Answer {
  if (path === MAIL_GATEWAY) return { status: 200, body: 'ok\nTicket: 1\n' }
  if (path.startsWith('/REST/')) return { status: 200, body: '{"items":[]}' }
  return { status: 204 }
}

/** … and that repeat all that they were told, secrets too, while they fail. */
function badly(status: number): Behave {
  return ({ path, headers, body }) => ({
    status,
    headers: { 'content-type': 'application/json', 'x-echo': headers['authorization'] ?? '' },
    body: JSON.stringify({ message: `cannot take ${path} ${JSON.stringify(headers)} ${body}` }),
  })
}

const BEHAVIOURS: Readonly<Record<string, Behave>> = {
  well,
  ...Object.fromEntries(
    [400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 302].map((status) => [
      String(status),
      badly(status),
    ]),
  ),
  'not JSON': ({ body }) => ({ status: 200, body: `not ok - ${body}` }),
  'a temporary failure': ({ body }) => ({ status: 200, body: `temporary failure: ${body}` }),
}

it(
  'no word, address or secret of anybody comes to light in logs, figures, errors or addresses, whatever fails',
  { timeout: 300_000 },
  async () => {
    const far = await startFaultServer()
    onTestFinished(() => far.close())
    const folder = await mkdtemp(join(tmpdir(), 'homing-canary-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'connectors.json')
    const sites = Object.keys(BEHAVIOURS).map((name, index) => ({
      name,
      key: `pk_b${index}`,
      prefix: `/b${index}`,
      hook: `hook-${index}`,
    }))
    const connectors = sites.flatMap(({ key, prefix, hook }, index) => [
      {
        id: hook,
        site: key,
        type: 'webhook',
        settings: { url: `${far.url}${prefix}/hook`, secrets: ['env:HOOK_SECRET'] },
      },
      {
        id: `rt-${index}`,
        site: key,
        type: 'request-tracker',
        settings: {
          url: `${far.url}${prefix}`,
          token: 'env:RT_TOKEN',
          queue: 'General',
          rtname: 'rt.test',
          visitorDomain: 'visitors.test',
          webhookSecrets: ['env:RT_SECRET'],
        },
      },
    ])
    await writeFile(file, JSON.stringify(connectors))
    far.answer((seen) => {
      const [, index = '0', path = ''] = /^\/b(\d+)(\/.*)$/.exec(seen.path) ?? []
      const behave = Object.values(BEHAVIOURS)[Number(index)] ?? well
      return behave({ ...seen, path })
    })
    const relay = await startRelay({
      program: 'wide',
      env: {
        HOMING_LOG_LEVEL: 'debug',
        HOMING_API_KEY: SECRETS.apiKey,
        HOMING_OWNER_PASSWORD: SECRETS.password,
        HOMING_CONNECTORS: file,
        HOMING_ALLOW_PRIVATE: '127.0.0.1',
        HOOK_SECRET: SECRETS.webhookSecret,
        RT_TOKEN: SECRETS.rtToken,
        RT_SECRET: SECRETS.rtSecret,
      },
    })
    onTestFinished(() => relay.stop())
    const api = createRelayApi({ origin: relay.origin, apiKey: SECRETS.apiKey })
    await api.addSite(SITE)
    const errors: string[] = []
    const note = ({ status, text }: Pick<HttpAnswer, 'status' | 'text'>): void => {
      if (status >= 400) errors.push(text)
    }
    const tokens: string[] = []

    // A visitor says it all, on a site for each behaviour of its far sides; an agent answers.
    const reasons: string[] = []
    for (const { name, key, hook } of sites) {
      await api.addSite(key)
      const link = await openRawLink(relay.origin, ORIGIN, { 'user-agent': GUESSES.agent })
      const { token = '' } = await link.hello({
        site: key,
        device: newId(),
        jwt: GUESSES.jwt,
        client: `${SAID.title}/1`,
        page: { url: SAID.page, title: SAID.title, referrer: SAID.page },
      })
      tokens.push(token)
      const conversation = newId()
      const text = `${SAID.text} ${SAID.mail}`
      link.say({ t: 'send', id: newId(), conversation, n: 1, body: words(text) })
      await link.next('ack')
      note(await api.say(conversation, { id: newId(), body: words(SAID.agentsText) }))
      const sender = createWebhookSender(api, hook, SECRETS.webhookSecret)
      const back = { conversation, id: name, text: SAID.agentsText, author: SAID.agentsName }
      note(await sender.post(back))
      link.cut()
    }
    for (const { name, prefix } of sites) {
      await until(`both far sides were asked: ${name}`, () =>
        ['/hook', '/REST'].every((start) =>
          far.requests.some(({ path }) => path.startsWith(prefix + start)),
        ),
      )
    }
    // Twice: what was parked, and what came of trying it again.
    for (let round = 0; round < 2; round++) {
      await until('nothing is under way', async () =>
        /homing_deliveries\{state="claimed"\} 0/.test((await api.ask('GET', '/metrics')).text),
      )
      for (const { key } of sites) {
        const { json } = await api.ask('GET', `/api/v1/deliveries?state=parked&site=${key}`)
        for (const { id, reason } of json.deliveries as { id: string; reason: string }[]) {
          reasons.push(reason)
          await api.ask('POST', `/api/v1/deliveries/${id}/replay`, {})
        }
      }
    }
    expect(reasons.length).toBeGreaterThan(10)

    // Frames that are wrong in every way, with words in them.
    const link = await openRawLink(relay.origin)
    const { token = '' } = await link.hello({ device: newId() })
    tokens.push(token)
    const conversation = newId()
    link.say(
      `{"t":"send","body":"${SAID.text}`,
      `"${SAID.text}"`,
      JSON.stringify({ t: SAID.text }),
      JSON.stringify({ t: 'send', id: 7, text: SAID.text }),
      JSON.stringify({ t: 'send', id: newId(), conversation, n: 1, body: { type: SAID.text } }),
      JSON.stringify({
        t: 'send',
        id: newId(),
        conversation,
        n: 1,
        body: { type: 'text', text: 'x'.repeat(4_001) + SAID.text },
      }),
      JSON.stringify({ t: 'history', conversation: SAID.text, before: 1, limit: 1 }),
      JSON.stringify({ t: 'resume', conversation, position: SAID.mail }),
      JSON.stringify({ t: 'read', conversation: SAID.mail, seq: 1 }),
      Buffer.from(SAID.text),
      { t: 'ping' },
    )
    await link.next('pong')
    errors.push(
      ...link.frames.filter(({ t }) => t === 'reject').map((frame) => JSON.stringify(frame)),
    )
    expect(errors.length).toBeGreaterThanOrEqual(9)
    for (const over of [
      { token: GUESSES.token },
      { site: 'pk_nobody' },
      { role: 'agent' as const },
      { jwt: GUESSES.jwt },
    ]) {
      const { frames } = await rawPoll(relay, [], { hello: { device: newId(), ...over } })
      errors.push(...frames.filter(({ t }) => t === 'reject').map((frame) => JSON.stringify(frame)))
    }
    for (const body of [
      SAID.text,
      `{"nonce":"${SAID.text}`,
      { nonce: 'n', wait: 0, frames: SAID.text },
    ]) {
      note(await rawPost(relay, body))
    }

    // Requests that are wrong in every way.
    const wrong: readonly (readonly [string, string, unknown?, Record<string, string>?])[] = [
      ['GET', `/${GUESSES.query}?token=${GUESSES.query}`],
      [
        'GET',
        `/api/v1/sites?key=${GUESSES.query}`,
        undefined,
        { authorization: `Bearer ${GUESSES.key}` },
      ],
      ['GET', '/api/v1/sites', undefined, { cookie: `homing=${GUESSES.cookie}` }],
      ['GET', `/api/v1/conversations?status=${GUESSES.query}`],
      ['GET', `/api/v1/conversations?site=pk_demo&before=${GUESSES.query}`],
      ['GET', `/api/v1/conversations/${GUESSES.query}`],
      ['POST', `/api/v1/conversations/${newId()}/entries`, SAID.text],
      ['POST', `/api/v1/conversations/${newId()}/entries`, { id: SAID.text, body: SAID.mail }],
      ['PATCH', `/api/v1/conversations/${newId()}`, { status: SAID.text }],
      ['POST', '/api/v1/deliveries/x/replay', SAID.text],
      ['POST', '/v1/hooks/hook-0', SAID.text],
      [
        'POST',
        '/v1/hooks/rt-0',
        SAID.text,
        {
          'webhook-id': GUESSES.query,
          'webhook-signature': `v1,${GUESSES.key}`,
          'webhook-timestamp': '1',
        },
      ],
      ['POST', `/v1/hooks/${GUESSES.query}`, SAID.text],
      [
        'POST',
        '/console/sign-in',
        { password: GUESSES.password },
        { origin: `http://localhost:${relay.port}` },
      ],
      [
        'POST',
        '/console/sign-in',
        `{"password":"${GUESSES.password}`,
        { origin: `http://localhost:${relay.port}` },
      ],
      ['POST', '/console/sign-in', { password: SECRETS.password }, { origin: 'https://evil.test' }],
      [
        'POST',
        '/console/link',
        { token: GUESSES.link },
        { origin: `http://localhost:${relay.port}` },
      ],
      ['GET', '/console/me', undefined, { cookie: `homing=${GUESSES.cookie}` }],
      ['GET', `/console/assets/${GUESSES.query}`],
      ['GET', `/widget/assets/${GUESSES.query}`],
    ]
    for (const [method, path, body, headers] of wrong) {
      const answer = await api.ask(method, path, body, headers)
      expect(answer.status, `${method} ${path}`).toBeGreaterThanOrEqual(400)
      note(answer)
    }
    // Webhooks that are signed, and are not what they should be.
    note(
      await createWebhookSender(api, 'hook-0', SECRETS.webhookSecret).post({
        conversation: SAID.text,
        id: SAID.mail,
        text: SAID.text,
        author: SAID.agentsName,
      }),
    )
    const signIn = await fetch(`${relay.origin}/console/sign-in`, {
      method: 'POST',
      headers: { origin: `http://localhost:${relay.port}` },
      body: JSON.stringify({ password: SECRETS.password }),
    })
    expect(signIn.status).toBe(204)
    const session = /homing=([\w-]{43})/.exec(signIn.headers.get('set-cookie') ?? '')?.[1] ?? ''
    expect(session).toHaveLength(43)
    link.cut()
    await relay.kill9()
    await relay.restart()
    const { text: figures } = await api.ask('GET', '/metrics')
    await relay.terminate()

    const secrets = [...Object.values(SECRETS), ...tokens, session]
    const canaries = [
      ...Object.values(SAID),
      ...Object.values(GUESSES),
      ...secrets,
      'CANARY',
      'canary',
    ]
    const hits = (place: string, where: string): string[] =>
      canaries.filter((canary) => where.includes(canary)).map((canary) => `${place}: ${canary}`)
    const found = [
      ...hits('the log of the process', relay.output()),
      ...hits('figures', figures),
      ...errors.flatMap((error) => hits(`an error, ${error.slice(0, 80)}`, error)),
      ...reasons.flatMap((reason) => hits(`a reason, ${reason}`, reason)),
      ...far.requests.flatMap(({ path }) => hits('an address that was asked for', path)),
    ]
    expect(found).toEqual([])

    // The log holds people's words; what opens doors it holds as hashes only, or not at all.
    for (const entry of await readdir(relay.data, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const { name } = entry
      const bytes = await readFile(join(entry.parentPath, name))
      expect(
        secrets.filter((secret) => bytes.includes(secret)),
        name,
      ).toEqual([])
    }
    const lines = relay.output().split('\n').length
    console.info(
      `${canaries.length} canaries past ${sites.length} behaviours of two far sides, ${far.requests.length} requests out, ${errors.length} errors, ${reasons.length} reasons, ${lines} lines of log: no hit.`,
    )
  },
)

it('a relay that does not start because of its secrets does not tell them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homing-canary-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'connectors.json')
  const settings = {
    url: 'https://user:CANARY-PASS@desk.test/hook',
    secrets: ['CANARY-NOT-A-SECRET'],
  }
  await writeFile(file, JSON.stringify([{ id: 'hook', site: SITE, type: 'webhook', settings }]))
  const failed = await startRelay({
    program: 'relay',
    env: {
      HOMING_API_KEY: 'CANARY-SHORT',
      HOMING_OWNER_PASSWORD: 'CANARY',
      HOMING_CONNECTORS: file,
    },
  }).catch((error: unknown) => String(error))
  expect(failed).toContain('HOMING_API_KEY')
  expect(failed).toContain('HOMING_OWNER_PASSWORD')
  expect(failed).toContain('HOMING_CONNECTORS')
  expect(failed).not.toContain('CANARY')
})
