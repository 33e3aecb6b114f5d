import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Connector, ConnectorIo } from '../src/connectors/connector.ts'
import { SendError } from '../src/connectors/connector.ts'
import { freshdesk } from '../src/connectors/freshdesk/index.ts'
import { intercom } from '../src/connectors/intercom/index.ts'
import { slack } from '../src/connectors/slack/index.ts'
import { telegram } from '../src/connectors/telegram/index.ts'
import { zendeskSupport } from '../src/connectors/zendesk-support/index.ts'
import { outbound } from './contracts/connector-contract.ts'

/** Words that these far sides use in answers, so that odd ones reach deep. */
const NAMES = [
  'id ticket tickets audits audit events comments users user meta conversations conversation_parts source',
  'ok error result messages ts bot_id metadata event_type event_payload message_id message_thread_id',
  'contacts pages next errors tags attachments status updated_at external_id description author',
].flatMap((line) => line.split(' '))
const answers = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, 0, -1, 71, 1e300, true, '', '71', '2026-09-21T10:00:00Z', '5 < 6'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
  ),
})).value

function holds<Settings>(connector: Connector<Settings>, input: object, thread = '1'): void {
  const parsed = connector.configure(input)
  if (!parsed.ok) throw new Error(parsed.problems.join())
  const { settings } = parsed
  const io = (answer: unknown): ConnectorIo => ({
    now: 1_790_000_000_000,
    signal: new AbortController().signal,
    fetch: async () => Response.json(answer),
  })
  const { thread: _, ...unthreaded } = outbound()
  const works: readonly ((io: ConnectorIo) => Promise<unknown>)[] = [
    (world) => connector.send(outbound({ thread }), settings, world),
    (world) => connector.send(unthreaded, settings, world),
    (world) => connector.reconcile(outbound({ thread }), settings, world),
    (world) => connector.reconcile(unthreaded, settings, world),
    (world) => connector.locate(thread, settings, world),
    (world) => connector.poll('{"since":0,"after":"x","tickets":[]}', settings, world),
    (world) => connector.poll('1790000000000', settings, world),
    (world) => connector.doctor(settings, world),
  ]
  describe(connector.name, () => {
    test('an answer of any shape ends in a result or in a failure the relay knows', async () => {
      await fc.assert(
        fc.asyncProperty(answers, fc.constantFrom(...works), async (answer, work) => {
          const error: unknown = await work(io(answer)).then(
            () => undefined,
            (caught: unknown) => caught,
          )
          if (error !== undefined) expect(error).toBeInstanceOf(SendError)
        }),
        { numRuns: 500 },
      )
    })
  })
}

holds(zendeskSupport, { url: 'https://z.test', token: 't', signingSecrets: ['s'] })
holds(freshdesk, { url: 'https://f.test', apiKey: 'k' })
holds(intercom, { url: 'https://i.test', token: 't', clientSecrets: ['s'] })
holds(
  slack,
  {
    token: 'xoxb-1',
    signingSecret: '0'.repeat(32),
    channel: 'C0123456789',
  },
  'C0123456789/1790000000.000100',
)
holds(
  telegram,
  {
    token: `1234:${'x'.repeat(30)}`,
    webhookSecret: 'x'.repeat(16),
    group: '-1001234567890',
  },
  '-1001234567890/17',
)
