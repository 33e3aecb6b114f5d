/**
 * Whom a message goes to: a phone number as its digits, or Meta's own id of a person for this
 * business ("US.1349…"), which is all that is told of people who show a user name instead.
 */

const PERSON_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/
const MIN_DIGITS = 7
/** E.164. */
const MAX_DIGITS = 15

/** From what people type; undefined when it is neither. */
export function parseAddress(text: string): string | undefined {
  const trimmed = text.trim()
  return PERSON_ID.test(trimmed) ? trimmed : parsePhone(trimmed)
}

/** A number as its digits; undefined when it is none. */
export function parsePhone(text: string): string | undefined {
  const trimmed = text.trim()
  if (!/^(?:\+|00)?[\d\s().-]+$/.test(trimmed)) return undefined
  const digits = trimmed.replace(/^00/, '').replace(/\D/g, '')
  return digits.length >= MIN_DIGITS && digits.length <= MAX_DIGITS ? digits : undefined
}

/** A person's id goes into a field of its own; beside `to` it would be ignored. */
export function recipientOf(address: string): Readonly<Record<string, string>> {
  return PERSON_ID.test(address) ? { recipient: address } : { to: address }
}

/**
 * The same person? WhatsApp writes some countries' mobile numbers with a digit that people leave
 * out, or without one that they dial: Mexico's 1, Argentina's 9 and Brazil's ninth digit.
 */
export function sameAddress(a: string, b: string): boolean {
  return plainest(a) === plainest(b)
}

function plainest(address: string): string {
  return address
    .replace(/^521(?=\d{10}$)/, '52')
    .replace(/^549(?=\d{10}$)/, '54')
    .replace(/^(55\d{2})9(?=\d{8}$)/, '$1')
}
