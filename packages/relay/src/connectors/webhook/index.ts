import { ABSENT } from '../absent.ts'
import type { Connector, Parsed } from '../connector.ts'
import { readSettings } from '../settings.ts'
import { parseSecret } from '../standard-webhooks.ts'
import { doctor } from './doctor.ts'
import { parse } from './parse.ts'
import { send } from './send.ts'
import type { WebhookSettings } from './types.ts'
import { verify } from './verify.ts'

/** Any program that speaks Standard Webhooks, both ways. */
export const webhook: Connector<WebhookSettings> = {
  ...ABSENT,
  name: 'webhook',
  capabilities: {
    roles: ['desk'],
    line: false,
    takes: ['visitor', 'agent', 'bot', 'system'],
    webhooks: true,
    idempotent: true,
    reconcile: false,
    locate: false,
    // A receiver may answer from within our request: its answer must not wait for it.
    echoes: false,
    pollEveryMs: 0,
    // Standard Webhooks advises payloads below 20 kB; with four bytes a letter this stays below.
    maxText: 4_000,
    textUnit: 'utf16',
    receipts: false,
    windowMs: 0,
    gatherMs: 0,
  },
  fields: [
    {
      name: 'url',
      label: 'Address',
      help: 'Where your program takes signed posts.',
      kind: 'url',
      required: true,
    },
    {
      name: 'secrets',
      label: 'Secrets',
      help: 'One "whsec_…" per line; the first one signs first, any of them verifies.',
      kind: 'secret',
      required: true,
    },
  ],
  configure,
  verify,
  parse,
  send,
  doctor,
}

function configure(input: unknown): Parsed<WebhookSettings> {
  const read = readSettings(input)
  const url = read.url('url')
  const secrets = read.texts('secrets')
  if (secrets.length === 0) {
    read.problem('secrets', 'at least one "whsec_…" is needed; the first one signs first')
  }
  const keys: Uint8Array[] = []
  for (const [index, secret] of secrets.entries()) {
    const key = parseSecret(secret)
    if (typeof key === 'string') read.problem(`secrets[${index}]`, `this is ${key}`)
    else keys.push(key)
  }
  return read.done({ url, keys })
}
