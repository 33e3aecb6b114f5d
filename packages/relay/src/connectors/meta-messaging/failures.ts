import type { SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { parseRetryAfter } from '../http-failures.ts'
import { recordAt } from '../json-fields.ts'

type Meaning = readonly [SendFailure, string]

const WINDOW: Meaning = ['needs-template', 'more than 24 hours since the person wrote']
const NOBODY: Meaning = [
  'bad-recipient',
  'this person cannot be reached there, or wants no messages',
]
const TOKEN: Meaning = ['needs-reauth', 'the access token is not taken: make a new one']
const RIGHTS: Meaning = ['needs-reauth', 'the access token or the app lacks a permission']
const SLOWER: Meaning = ['retry', 'no more messages are taken for the moment']
const BUSY: Meaning = ['retry', 'Meta is busy']
const HELD: Meaning = ['needs-reauth', 'Meta restricts the account: see its support inbox']

/** They say more than the code they come with, and so are asked first. */
const SUBCODES: ReadonlyMap<number, Meaning> = new Map([
  [2018278, WINDOW],
  [2018065, WINDOW],
  [2534022, WINDOW],
  [2018001, NOBODY],
  [2018108, NOBODY],
  [2534014, NOBODY],
  [1545041, NOBODY],
  [1893063, HELD],
])

const CODES: ReadonlyMap<number, Meaning> = new Map([
  // Also told of messages that did arrive; the echo will say.
  [1, ['unknown', 'Meta does not know what became of it']],
  [2, BUSY],
  [3, RIGHTS],
  [4, SLOWER],
  [10, RIGHTS],
  [17, SLOWER],
  [32, SLOWER],
  [100, ['bad-content', 'the message is not as Meta wants it']],
  [102, TOKEN],
  [190, TOKEN],
  [368, HELD],
  [551, NOBODY],
  [613, SLOWER],
  [1200, BUSY],
  [80006, SLOWER],
])
/** "Object does not exist": the account itself, not the person. */
const NO_SUCH_OBJECT = 33

/**
 * What Meta's error means for a send, by its numbers: the sentences change, and may name people.
 * Undefined when the answer is not Meta's own, but a proxy's on the way.
 */
export function metaFailure(
  response: Response,
  answer: unknown,
  farSide: string,
  now: number,
): SendError | undefined {
  const error = recordAt(answer, 'error')
  const code = error?.['code']
  if (typeof code !== 'number') return undefined
  const sub = error?.['error_subcode']
  const subcode = typeof sub === 'number' ? sub : undefined
  const [failure, reason] = meaningOf(code, subcode, response.status, error?.['is_transient'])
  const numbers = subcode === undefined ? `${code}` : `${code}/${subcode}`
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now)
  return new SendError(
    failure,
    `${farSide}: ${reason} (${numbers})`,
    retryAfter === undefined ? {} : { retryAfter },
  )
}

function meaningOf(
  code: number,
  subcode: number | undefined,
  status: number,
  transient: unknown,
): Meaning {
  const special = subcode === undefined ? undefined : SUBCODES.get(subcode)
  if (special) return special
  if (code === 100 && subcode === NO_SUCH_OBJECT) {
    return ['needs-reauth', 'the token knows no such account: check its ID']
  }
  if (code >= 200 && code <= 299) return RIGHTS
  const known = CODES.get(code)
  if (known) return known
  if (transient === true) return BUSY
  return status >= 500
    ? ['unknown', 'Meta failed on the way']
    : ['bad-content', 'Meta refuses the message']
}
