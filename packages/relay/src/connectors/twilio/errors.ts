import type { SendFailure } from '../connector.ts'

/** What Twilio's error codes mean for a send, in an answer or in a status told later. */
export interface Trouble {
  readonly failure: SendFailure
  readonly reason: string
}

/** The person wrote STOP. */
export const OPTED_OUT = 21610

const LOGIN = 'Twilio does not take the credentials, or the account is not active'
const SENDER = 'the sender is not one of this account that can send this'
const NUMBER = 'this is no number that takes such messages'
const UNREACHABLE = 'the phone cannot be reached'
const SLOWER = 'Twilio takes no more messages for the moment'
const TEMPLATE = 'the content template is not there, not approved, or has other placeholders'

const CODES: ReadonlyMap<number, readonly [SendFailure, string]> = new Map([
  [14107, ['retry', SLOWER]],
  [20003, ['needs-reauth', LOGIN]],
  [20005, ['needs-reauth', LOGIN]],
  [20429, ['retry', SLOWER]],
  [20503, ['retry', 'Twilio is not ready']],
  [21211, ['bad-recipient', NUMBER]],
  [21214, ['bad-recipient', NUMBER]],
  [21217, ['bad-recipient', NUMBER]],
  [21219, ['bad-recipient', 'a trial account writes only to verified numbers']],
  [21408, ['bad-recipient', 'the account may not write to this country']],
  [21602, ['bad-content', 'Twilio wants words']],
  [21603, ['needs-reauth', SENDER]],
  [21606, ['needs-reauth', SENDER]],
  [OPTED_OUT, ['bad-recipient', 'the person wants no more messages (STOP)']],
  [21611, ['retry', 'the queue of the number is full']],
  [21612, ['bad-recipient', 'no way from this sender to this number']],
  [21614, ['bad-recipient', NUMBER]],
  [21617, ['too-large', 'the text is too long']],
  [21659, ['needs-reauth', SENDER]],
  [21660, ['needs-reauth', SENDER]],
  [21701, ['needs-reauth', 'there is no such messaging service']],
  [21703, ['needs-reauth', 'the messaging service has no sender']],
  [30001, ['retry', 'the queue of the number is full']],
  [30002, ['needs-reauth', LOGIN]],
  [30003, ['bad-recipient', UNREACHABLE]],
  [30004, ['bad-recipient', 'the phone or its network blocks the message']],
  [30005, ['bad-recipient', UNREACHABLE]],
  [30006, ['bad-recipient', NUMBER]],
  [30007, ['bad-content', 'the network filtered the message']],
  [30022, ['retry', SLOWER]],
  [63001, ['needs-reauth', SENDER]],
  [63003, ['bad-recipient', UNREACHABLE]],
  [63005, ['bad-content', 'the channel does not take this content']],
  [63007, ['needs-reauth', SENDER]],
  [63012, ['retry', 'WhatsApp is busy']],
  [63013, ['bad-content', "it is against WhatsApp's rules"]],
  [63016, ['needs-template', 'more than 24 hours since the person wrote']],
  [63018, ['retry', SLOWER]],
  [63020, ['needs-reauth', SENDER]],
  [63021, ['bad-content', 'the channel does not take this content']],
  [63024, ['bad-recipient', UNREACHABLE]],
  [63027, ['needs-template', TEMPLATE]],
  [63028, ['needs-template', TEMPLATE]],
  [63032, ['bad-recipient', 'Meta does not let this message through to this person']],
  [63033, ['bad-recipient', 'the person blocked the sender']],
])

export function troubleOf(code: number): Trouble {
  const known = CODES.get(code)
  return known
    ? { failure: known[0], reason: `${known[1]} (code ${code})` }
    : { failure: 'bad-content', reason: `Twilio refused it (code ${code})` }
}
