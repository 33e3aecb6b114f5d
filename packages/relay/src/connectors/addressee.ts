import type { Outbound } from './connector.ts'
import { SendError } from './connector.ts'

/** Of a messenger with one line: whose phone is the desk, and where that is set. */
export interface PhoneDesk {
  /** Undefined: it is not set, as nobody wants it for a desk. */
  readonly merchant: string | undefined
  readonly setting: string
  readonly farSide: string
}

/** Whom it is sent to: the merchant where he is the desk, else the visitor. */
export function addresseeOf({ role, thread }: Outbound, desk: PhoneDesk): string {
  if (role === 'desk') return merchantOf(desk)
  if (thread !== undefined) return thread
  throw new SendError('bad-recipient', `no address of the visitor is known at ${desk.farSide}`)
}

/** Without it nothing can be sent at all, so the words wait until somebody fills it in. */
export function merchantOf({ merchant, setting, farSide }: PhoneDesk): string {
  if (merchant !== undefined) return merchant
  throw new SendError('needs-reauth', `as a desk ${farSide} needs the setting ${setting}`)
}
