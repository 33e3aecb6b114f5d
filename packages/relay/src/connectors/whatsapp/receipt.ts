import type { Fact } from '../connector.ts'
import { recordsOf, textOf } from '../json-fields.ts'
import { troubleOf } from './errors.ts'
import { KEY_MARK } from './marks.ts'
import type { Fields } from './types.ts'

type ReceiptFact = Fact & { readonly kind: 'receipt' }
type Told = Omit<ReceiptFact, 'where' | 'side' | 'time'>

const STATES: ReadonlySet<string> = new Set(['sent', 'delivered', 'read', 'failed'])

/** What became of a message. Undefined for a state that is nothing new to us ("played", "deleted"). */
export function receiptOf(status: Fields): Told | undefined {
  const externalId = textOf(status['id'])
  const state = textOf(status['status'])
  if (externalId === undefined || state === undefined || !isState(state)) return undefined
  const mark = textOf(status['biz_opaque_callback_data'])
  return {
    kind: 'receipt',
    event: `status:${externalId}:${state}`,
    externalId,
    state,
    ...(mark?.startsWith(KEY_MARK) ? { key: mark.slice(KEY_MARK.length) } : {}),
    ...(state === 'failed' ? failureOf(status) : {}),
  }
}

function failureOf(status: Fields): Pick<ReceiptFact, 'failure' | 'reason'> {
  const code = recordsOf(status['errors'])[0]?.['code']
  if (typeof code !== 'number') {
    return { failure: 'bad-content', reason: 'WhatsApp did not deliver it and did not say why' }
  }
  const trouble = troubleOf(code)
  return {
    failure: trouble?.failure ?? 'bad-content',
    reason: trouble?.reason ?? `WhatsApp did not deliver it (code ${code})`,
  }
}

function isState(state: string): state is ReceiptFact['state'] {
  return STATES.has(state)
}
