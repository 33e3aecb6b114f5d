import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Connector, ConnectorIo } from '../src/connectors/connector.ts'
import { SendError } from '../src/connectors/connector.ts'
import { freshdesk } from '../src/connectors/freshdesk/index.ts'
import { intercom } from '../src/connectors/intercom/index.ts'
import { zendeskSupport } from '../src/connectors/zendesk-support/index.ts'
import { outbound } from './contracts/connector-contract.ts'

/** Words that these far sides use in answers, so that odd ones reach deep. */
const NAMES = [
  'id ticket tickets audits audit events comments users user meta conversations conversation_parts source',
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

function holds<Settings>(connector: Connector<Settings>, input: object): void {
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
    (world) => connector.send(outbound(), settings, world),
    (world) => connector.send(unthreaded, settings, world),
    (world) => connector.reconcile(outbound(), settings, world),
    (world) => connector.reconcile(unthreaded, settings, world),
    (world) => connector.locate('1', settings, world),
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
