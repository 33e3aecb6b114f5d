import type { SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { parseRetryAfter } from '../http-failures.ts'
import { isRecord } from '../settings.ts'

/**
 * What Meta's error codes mean for a send, in an answer or in a status told later. Meta says to
 * decide on the code alone; its sentences change, and may name the recipient.
 */
export interface Trouble {
  readonly failure: SendFailure
  readonly reason: string
  /** Milliseconds. */
  readonly retryAfter?: number
}

/** One message to one person in six seconds, after a burst. */
const PAIR_RATE_MS = 6_000
const BUSY = 'WhatsApp is busy'
const SLOWER = 'WhatsApp takes no more messages for the moment'
const TOKEN = 'WhatsApp does not take the access token: make a new one for the system user'
const RIGHTS = 'the access token lacks a permission: whatsapp_business_messaging is needed'
const ACCOUNT = 'Meta holds the business account: see the WhatsApp Manager'
const TEMPLATE = 'the template is not there, not approved, or has other placeholders'
const CONTENT = 'WhatsApp refuses this kind of message'
const NOBODY = 'this person cannot be reached on WhatsApp'

const CODES: ReadonlyMap<number, readonly [SendFailure, string]> = new Map([
  [0, ['needs-reauth', TOKEN]],
  [1, ['retry', BUSY]],
  [2, ['retry', BUSY]],
  [3, ['needs-reauth', RIGHTS]],
  [4, ['retry', SLOWER]],
  [10, ['needs-reauth', RIGHTS]],
  [33, ['needs-reauth', 'the business number was deleted at Meta']],
  [100, ['bad-content', CONTENT]],
  [190, ['needs-reauth', TOKEN]],
  // Stands for all up to 299.
  [200, ['needs-reauth', RIGHTS]],
  [368, ['needs-reauth', ACCOUNT]],
  [80007, ['retry', SLOWER]],
  [130429, ['retry', SLOWER]],
  [130472, ['bad-recipient', NOBODY]],
  [130497, ['bad-recipient', 'the business may not write to this country']],
  [131000, ['retry', BUSY]],
  [131005, ['needs-reauth', RIGHTS]],
  [131008, ['bad-content', CONTENT]],
  [131009, ['bad-content', CONTENT]],
  [131016, ['retry', BUSY]],
  [131021, ['bad-recipient', 'sender and recipient are the same number']],
  [131026, ['bad-recipient', NOBODY]],
  [131030, ['bad-recipient', 'a test number writes only to numbers on its list']],
  [131031, ['needs-reauth', ACCOUNT]],
  [131037, ['needs-reauth', 'the display name of the business number is not approved']],
  [131042, ['needs-reauth', 'Meta has no way to be paid: see the billing of the account']],
  [131045, ['needs-reauth', 'the business number is not registered']],
  [131047, ['needs-template', 'more than 24 hours since the person wrote']],
  [131048, ['needs-reauth', 'Meta limits the number after complaints: see its quality']],
  [131049, ['bad-recipient', 'Meta does not deliver another marketing message to this person']],
  [131050, ['bad-recipient', 'this person wants no marketing messages']],
  [131051, ['bad-content', CONTENT]],
  [131052, ['bad-content', 'the file cannot be downloaded']],
  [131053, ['bad-content', 'the file cannot be uploaded']],
  [131056, ['retry', 'too many messages to one person at once']],
  [131057, ['retry', 'the business number is in maintenance']],
  [131062, ['bad-recipient', 'this message needs a phone number']],
  [132000, ['needs-template', TEMPLATE]],
  [132001, ['needs-template', TEMPLATE]],
  [132005, ['needs-template', TEMPLATE]],
  [132007, ['needs-template', TEMPLATE]],
  [132012, ['needs-template', TEMPLATE]],
  [132015, ['needs-template', 'the template is paused: its quality is low']],
  [132016, ['needs-template', 'the template is switched off: its quality was low']],
  [133010, ['needs-reauth', 'the business number is not registered']],
])

/** Undefined: a code nobody here knows. */
export function troubleOf(code: number, subcode?: number): Trouble | undefined {
  // "Object does not exist", of the number itself: words are still good once the id is mended.
  if (code === 100 && subcode === 33) {
    return { failure: 'needs-reauth', reason: 'the token knows no such phoneNumberId (code 100)' }
  }
  const known = CODES.get(code >= 200 && code <= 299 ? 200 : code)
  if (!known) return undefined
  const trouble = { failure: known[0], reason: `${known[1]} (code ${code})` }
  return code === 131056 ? { ...trouble, retryAfter: PAIR_RATE_MS } : trouble
}

/** An answer that is no 2xx; undefined when it is not Meta's own, but a proxy's on the way. */
export function graphFailure(
  response: Response,
  answer: unknown,
  now: number,
): SendError | undefined {
  const error = isRecord(answer) && isRecord(answer['error']) ? answer['error'] : undefined
  const code = error?.['code']
  if (typeof code !== 'number') return undefined
  const subcode = error?.['error_subcode']
  const trouble = troubleOf(code, typeof subcode === 'number' ? subcode : undefined) ?? {
    failure: error?.['is_transient'] === true || response.status >= 500 ? 'retry' : 'bad-content',
    reason: `WhatsApp refused with code ${code}`,
  }
  const told = parseRetryAfter(response.headers.get('retry-after'), now)
  const retryAfter = told ?? trouble.retryAfter
  return new SendError(
    trouble.failure,
    trouble.reason,
    retryAfter === undefined ? {} : { retryAfter },
  )
}
