import { SendError } from '../connector.ts'
import { answerFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'

export const FAR_SIDE = 'LINE'

/** The same status and other words: too many calls just now, or none left this month. */
const MONTHLY_LIMIT = /monthly limit/i
/** Nobody has this user id, or it is of another provider: each of them knows a person by another id. */
const NO_SUCH_USER = /'to'|failed to send messages/i
/** Names of fields, e.g. "messages[0].text"; nothing that anybody wrote. */
const PROPERTY = /^[\w.[\]]{1,60}$/
const MAX_PROPERTIES = 5

/** What an answer that is no 2xx means, by its status and LINE's own words. Pure. */
export function lineAnswerFailure(response: Response, bytes: Uint8Array, now: number): SendError {
  const answer = recordAt(parseJson(bytes))
  const said = textOf(answer?.['message']) ?? ''
  switch (response.status) {
    case 400:
      return badRequest(said, answer?.['details'])
    case 401:
      return new SendError('needs-reauth', `${FAR_SIDE} does not take the channel access token`)
    case 403:
      return new SendError(
        'needs-reauth',
        `${FAR_SIDE} does not allow this account or its plan to send (403)`,
      )
    case 429:
      // Also while a broadcast of the same account is under way, which holds back what is left of
      // the month: so it is tried again, like everything that an operator may have mended.
      if (MONTHLY_LIMIT.test(said)) {
        return new SendError(
          'needs-reauth',
          `${FAR_SIDE}'s monthly limit of messages is reached: raise it in the LINE Official Account Manager`,
        )
      }
  }
  return answerFailure(response, FAR_SIDE, now)
}

function badRequest(said: string, details: unknown): SendError {
  if (NO_SUCH_USER.test(said)) {
    return new SendError('bad-recipient', `${FAR_SIDE} knows nobody with this user id here`)
  }
  const properties = recordsOf(details)
    .flatMap(({ property }) => textOf(property) ?? [])
    .filter((name) => PROPERTY.test(name))
    .slice(0, MAX_PROPERTIES)
  const where = properties.length > 0 ? `: ${properties.join(', ')}` : ''
  return new SendError('bad-content', `${FAR_SIDE} refuses the message (400)${where}`)
}
