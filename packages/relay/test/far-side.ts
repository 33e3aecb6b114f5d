import type { ConfiguredConnector } from '../src/connectors/configured.ts'
import type { Capabilities, ConnectorIo, Outbound } from '../src/connectors/connector.ts'
import type { Receipt } from '../src/store/store.ts'

/** A connector whose far side is in the test's hands; everything before it is the real relay. */
export interface FarSide extends ConfiguredConnector {
  readonly sent: Outbound[]
  readonly looked: Outbound[]
  /** What the next sends come to; done when the list is empty. */
  readonly script: ((outbound: Outbound, io: ConnectorIo) => Promise<Receipt> | Receipt)[]
  reconciled: Receipt | 'absent' | 'unsure'
  threads: Map<string, string>
  /** Sends under way now, and the most there ever were. */
  readonly load: { now: number; most: number }
}

export function createFarSide(
  capabilities: Partial<Capabilities> = {},
  rest: Partial<ConfiguredConnector> = {},
): FarSide {
  const sent: Outbound[] = []
  const looked: Outbound[] = []
  const script: FarSide['script'] = []
  const load = { now: 0, most: 0 }
  const far: FarSide = {
    id: 'far',
    site: 'pk_test',
    type: 'far',
    role: 'desk',
    hook: 'far',
    fields: [],
    invite: undefined,
    capabilities: {
      roles: ['desk'],
      line: false,
      takes: ['visitor', 'agent'],
      webhooks: true,
      idempotent: false,
      reconcile: true,
      locate: true,
      echoes: true,
      pollEveryMs: 0,
      maxText: 100,
      textUnit: 'utf16',
      receipts: false,
      windowMs: 0,
      gatherMs: 0,
      ...capabilities,
    },
    sent,
    looked,
    script,
    load,
    reconciled: 'absent',
    threads: new Map(),
    greet: () => undefined,
    wake: async () => ({ externalIds: [] }),
    media: async () => ({ bytes: new Uint8Array(), type: 'text/plain' }),
    tell: async () => {},
    notice: async () => ({ externalIds: [] }),
    verify: (request) =>
      request.headers['signed'] === 'yes'
        ? { ok: true }
        : { ok: false, status: 401, reason: 'no signature matches' },
    parse: (request) => JSON.parse(new TextDecoder().decode(request.body)),
    async send(outbound, io) {
      sent.push(outbound)
      load.most = Math.max(load.most, ++load.now)
      try {
        return await (script.shift() ?? done)(outbound, io)
      } finally {
        load.now--
      }
    },
    async reconcile(outbound) {
      looked.push(outbound)
      return far.reconciled
    },
    locate: async (thread) => far.threads.get(thread),
    poll: async (cursor) => ({ facts: [], cursor: cursor ?? '' }),
    doctor: async () => [],
    ...rest,
  }
  return far
}

export function done(outbound: Outbound): Receipt {
  return { externalIds: [`far-${outbound.key}`], thread: `thread-${outbound.conversation}` }
}

export function textOf({ entry }: Outbound): string {
  return 'text' in entry.body && typeof entry.body.text === 'string' ? entry.body.text : ''
}
