import type {
  Capabilities,
  Connector,
  ConnectorIo,
  Fact,
  Field,
  Finding,
  HookReply,
  Invite,
  Media,
  Outbound,
  Parsed,
  Place,
  RawWebhook,
  RouteRole,
  Signal,
  Verdict,
} from './connector.ts'
import type { Receipt } from '../store/store.ts'

/** A connector with its settings in hand: what the relay calls, for one site. */
export interface ConfiguredConnector {
  /** The operator's name of it, in webhook addresses and in the log. */
  readonly id: string
  /** Public key of the site. */
  readonly site: string
  /** The connector's name, e.g. "webhook". */
  readonly type: string
  readonly role: RouteRole
  /** The id in its webhook's address: a connector that is desk and reach has one for both. */
  readonly hook: string
  readonly capabilities: Capabilities
  readonly fields: readonly Field[]
  /** How a visitor goes on there from the page; undefined: nobody is offered to. */
  readonly invite: Invite | undefined
  greet(request: RawWebhook): HookReply | undefined
  verify(request: RawWebhook, now: number): Verdict
  parse(request: RawWebhook): readonly Fact[]
  send(outbound: Outbound, io: ConnectorIo): Promise<Receipt>
  wake(outbound: Outbound, io: ConnectorIo): Promise<Receipt>
  tell(signal: Signal, place: Place, io: ConnectorIo): Promise<void>
  notice(text: string, io: ConnectorIo): Promise<Receipt>
  reconcile(outbound: Outbound, io: ConnectorIo): Promise<Receipt | 'absent' | 'unsure'>
  locate(thread: string, io: ConnectorIo): Promise<string | undefined>
  poll(
    cursor: string | undefined,
    io: ConnectorIo,
  ): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }>
  media(reference: string, io: ConnectorIo): Promise<Media>
  doctor(io: ConnectorIo): Promise<readonly Finding[]>
}

export type Binding = Pick<ConfiguredConnector, 'id' | 'site' | 'role' | 'hook'>

/** Keeps a connector and its settings together, so that nobody can mix them up. */
export function bindConnector<Settings>(
  connector: Connector<Settings>,
  input: unknown,
  binding: Binding,
): Parsed<ConfiguredConnector> {
  const parsed = connector.configure(input)
  if (!parsed.ok) return parsed
  const { settings } = parsed
  return {
    ok: true,
    settings: {
      ...binding,
      type: connector.name,
      capabilities: { ...connector.capabilities, ...parsed.capabilities },
      fields: connector.fields,
      invite: binding.role === 'reach' ? connector.invite(settings) : undefined,
      greet: (request) => connector.greet(request, settings),
      verify: (request, now) => connector.verify(request, settings, now),
      parse: (request) => connector.parse(request, settings),
      send: (outbound, io) => connector.send(outbound, settings, io),
      wake: (outbound, io) => connector.wake(outbound, settings, io),
      tell: (signal, place, io) => connector.tell(signal, place, settings, io),
      notice: (text, io) => connector.notice(text, settings, io),
      reconcile: (outbound, io) => connector.reconcile(outbound, settings, io),
      locate: (thread, io) => connector.locate(thread, settings, io),
      poll: (cursor, io) => connector.poll(cursor, settings, io),
      media: (reference, io) => connector.media(reference, settings, io),
      doctor: (io) => connector.doctor(settings, io),
    },
  }
}
