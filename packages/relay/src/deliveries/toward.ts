import type { UndeliveredCode } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { SendFailure } from '../connectors/connector.ts'
import type { Toward } from '../store/store.ts'

/** Which side a connector brings entries to, and whether what it took has arrived. */
export function towardOf(
  { id, site, role, capabilities }: ConfiguredConnector,
  all: Iterable<ConfiguredConnector>,
): Toward {
  const alike = [...all].filter((each) => each.site === site && each.role === role)
  return {
    side: role === 'desk' ? 'agent' : 'visitor',
    // Who tells later that it arrived may tell later that it did not.
    sure: !capabilities.receipts,
    others: alike.flatMap((each) => (each.id === id ? [] : [each.id])),
  }
}

const REFUSALS: Readonly<Partial<Record<SendFailure, UndeliveredCode>>> = {
  'bad-recipient': 'unreachable',
  'bad-content': 'refused',
  'too-large': 'too_long',
}

/** Why a refused entry will not arrive as it is; undefined: nothing was said of the entry itself. */
export const refusalOf = (failure: SendFailure | undefined): UndeliveredCode | undefined =>
  failure && REFUSALS[failure]
