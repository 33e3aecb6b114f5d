import { isText } from '@homing/core'
import { ABSENT } from '../../src/connectors/absent.ts'
import { transcriptOf, wordsOf } from '../../src/connectors/compose-text.ts'
import type { Connector, Fact } from '../../src/connectors/connector.ts'
import { answerFailure, lineFailure } from '../../src/connectors/http-failures.ts'
import { parseJson } from '../../src/connectors/json.ts'
import { sameSecret } from '../../src/connectors/constant-time.ts'
import { isRecord, readSettings } from '../../src/connectors/settings.ts'

/** Settings of the sample, checked. */
interface PigeonSettings {
  readonly url: string
  readonly token: string
}

/** The connector of docs/writing-a-connector.md: a helpdesk that there is not. */
export const pigeon: Connector<PigeonSettings> = {
  ...ABSENT,
  name: 'pigeon',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: true,
    reconcile: false,
    locate: false,
    echoes: false,
    pollEveryMs: 0,
    maxText: 2_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: 0,
  },
  fields: [
    {
      name: 'url',
      label: 'Address',
      help: 'Where Pigeon answers, e.g. https://pigeon.example.com.',
      kind: 'url',
      required: true,
    },
    {
      name: 'token',
      label: 'Token',
      help: 'In Pigeon under Settings, API. It signs both ways.',
      kind: 'secret',
      required: true,
    },
  ],
  configure: (input) => {
    const read = readSettings(input)
    return read.done({
      url: read.url('url'),
      token: read.text('token', { hint: 'the token of Settings, API is needed' }),
    })
  },
  verify: ({ headers }, { token }) =>
    sameSecret(headers['x-pigeon-token'] ?? '', token)
      ? { ok: true }
      : { ok: false, status: 401, reason: 'the token is not the one of the settings' },
  parse: ({ body }): readonly Fact[] => {
    const event = parseJson(body)
    if (!isRecord(event) || event['type'] !== 'answer') return []
    const { id, ticket, text, agent } = event
    if (typeof id !== 'string' || id === '' || typeof ticket !== 'string') return []
    if (typeof text !== 'string' || text === '' || typeof agent !== 'string') return []
    return [
      {
        kind: 'message',
        event: `answer:${id}`,
        where: { thread: ticket },
        externalId: id,
        author: { role: 'agent', id: agent, name: agent },
        body: { type: 'text', text },
        echo: event['via'] === 'api',
      },
    ]
  },
  send: async (outbound, { url, token }, io) => {
    const before = transcriptOf(outbound, 10_000)
    let response: Response
    try {
      response = await io.fetch(`${url}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          key: outbound.key,
          ticket: outbound.thread ?? null,
          subject: `Chat #${outbound.tag}`,
          by: outbound.entry.author.role,
          ...(before === '' ? {} : { before }),
          text: isText(outbound.entry.body) ? outbound.entry.body.text : wordsOf(outbound.entry),
        }),
        signal: io.signal,
      })
    } catch (error) {
      throw lineFailure(error, 'Pigeon')
    }
    if (!response.ok) throw answerFailure(response, 'Pigeon', io.now)
    const made = parseJson(new Uint8Array(await response.arrayBuffer()))
    const { id, ticket } = isRecord(made) ? made : {}
    return {
      externalIds: typeof id === 'string' ? [id] : [],
      ...(typeof ticket === 'string' ? { thread: ticket } : {}),
    }
  },
  doctor: async ({ url, token }, io) => {
    try {
      const response = await io.fetch(`${url}/me`, {
        headers: { authorization: `Bearer ${token}` },
        signal: io.signal,
      })
      if (response.ok) return [{ level: 'ok', message: 'Pigeon knows the token.' }]
      const message = `Pigeon answered ${response.status}: copy the token of Settings, API anew.`
      return [{ level: 'problem', message }]
    } catch (error) {
      return [{ level: 'problem', message: `${lineFailure(error, 'Pigeon').message}.` }]
    }
  },
}
