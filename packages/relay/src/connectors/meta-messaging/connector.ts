import { ABSENT } from '../absent.ts'
import type { Capabilities, Connector } from '../connector.ts'
import { greetMeta, verifyMetaSignature } from '../meta-signature.ts'
import type { AccountField } from './configure.ts'
import { WINDOW_MS, configure, fieldsOf } from './configure.ts'
import { doctor } from './doctor.ts'
import { media } from './media.ts'
import { parse } from './parse.ts'
import { send } from './send.ts'
import type { Dialect, MetaMessagingSettings } from './types.ts'

export interface MetaMessagingOptions {
  readonly name: string
  readonly dialect: Dialect
  readonly account: AccountField
  /** Host of its Graph API. */
  readonly graph: string
  /** Host of links to an account, with what stands before its name. */
  readonly host: string
  readonly limits: Pick<Capabilities, 'maxText' | 'textUnit' | 'echoes' | 'receipts'>
}

/** The visitor on Messenger or Instagram, away from the page. */
export function metaMessaging(options: MetaMessagingOptions): Connector<MetaMessagingSettings> {
  const { name, dialect, account, graph, limits } = options
  return {
    ...ABSENT,
    name,
    capabilities: {
      roles: ['reach'],
      takes: ['agent', 'bot'],
      line: false,
      webhooks: true,
      idempotent: false,
      // Messages can be read back, but not by anything that we wrote on them.
      reconcile: false,
      locate: false,
      pollEveryMs: 0,
      windowMs: WINDOW_MS,
      gatherMs: 0,
      ...limits,
    },
    fields: fieldsOf(account, graph),
    configure: (input) => configure(input, account.name, graph),
    verify: (request, { appSecrets }) => verifyMetaSignature(request, appSecrets),
    greet: (request, { verifyToken }) => greetMeta(request, verifyToken),
    parse: (request, settings) => parse(request, dialect, settings),
    send: (outbound, settings, io) => send(outbound, dialect, settings, io),
    // Meta takes nothing at all until the person writes. So nothing is sent, and what is to be
    // said waits for that.
    wake: () => Promise.resolve({ externalIds: [] }),
    media: (reference, _settings, io) => media(reference, dialect, io),
    invite: ({ username }) =>
      username === undefined
        ? undefined
        : {
            app: dialect.farSide,
            binds: true,
            link: ({ code }) => `https://${options.host}/${username}?ref=${code}`,
          },
    doctor: (settings, io) => doctor(dialect, settings, io),
  }
}
