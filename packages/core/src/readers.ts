import { MAX_BODY_DEPTH, MAX_ID_LENGTH, MAX_LABEL_LENGTH } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import type { Body, Page, Position } from './protocol.ts'

/**
 * The codec's alphabet: one reader per kind of value. A reader gives the typed value or throws
 * `Malformed`, which only the codec catches. Only the relay reads this way; what clients read
 * is in `server-frames.ts`.
 */
export type Reader<Value> = (value: unknown, name: string) => Value

export type Fields = Readonly<Record<string, unknown>>

/** Names the field and what belongs there. Never leaves the codec. */
export class Malformed {
  readonly reason: string
  readonly code: ErrorCode
  constructor(reason: string, code: ErrorCode = 'bad_request') {
    this.reason = reason
    this.code = code
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw new Malformed(`"${name}" must be an object.`)
  return value
}

export const text =
  (max: number): Reader<string> =>
  (value, name) => {
    if (typeof value !== 'string') throw new Malformed(`"${name}" must be a text.`)
    if (value.length > max) throw new Malformed(`"${name}" must have at most ${max} characters.`)
    return value
  }

export const id: Reader<string> = (value, name) => {
  const read = text(MAX_ID_LENGTH)(value, name)
  if (read === '') throw new Malformed(`"${name}" must not be empty.`)
  return read
}

/** Labels are for show: a longer one is cut, not refused. */
export const label: Reader<string> = (value, name) => {
  if (typeof value !== 'string') throw new Malformed(`"${name}" must be a text.`)
  return value.slice(0, MAX_LABEL_LENGTH)
}

export const whole =
  (min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, name) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
      throw new Malformed(`"${name}" must be a whole number ${range}.`)
    }
    return value
  }

export const flag: Reader<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw new Malformed(`"${name}" must be true or false.`)
  return value
}

export const oneOf =
  <Value extends string>(...values: readonly Value[]): Reader<Value> =>
  (value, name) => {
    const found = values.find((allowed) => allowed === value)
    if (found === undefined) throw new Malformed(`"${name}" must be one of ${values.join(', ')}.`)
    return found
  }

export const mapOf =
  <Value>(reader: Reader<Value>, max: number): Reader<Readonly<Record<string, Value>>> =>
  (value, name) => {
    const entries = Object.entries(fieldsOf(value, name))
    if (entries.length > max) throw new Malformed(`"${name}" must have at most ${max} fields.`)
    return Object.fromEntries(
      entries.map(([key, item]) => [id(key, name), reader(item, `${name}.${key}`)]),
    )
  }

/** `{ [field]: value }` when the field is there, nothing when it is absent or null. */
export function maybe<Field extends string, Value>(
  fields: Fields,
  field: Field,
  reader: Reader<Value>,
  within?: string,
): { readonly [Key in Field]?: Value } {
  const value = fields[field]
  if (value === undefined || value === null) return {}
  const name = within === undefined ? field : `${within}.${field}`
  return { [field]: reader(value, name) } as { readonly [Key in Field]?: Value }
}

export const position: Reader<Position> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    epoch: id(fields['epoch'], `${name}.epoch`),
    seq: whole(0)(fields['seq'], `${name}.seq`),
  }
}

export const page: Reader<Page> = (value, name) => {
  const fields = fieldsOf(value, name)
  return {
    url: label(fields['url'], `${name}.url`),
    ...maybe(fields, 'title', label, name),
    ...maybe(fields, 'referrer', label, name),
  }
}

/**
 * A body of any type, also an unknown one, as plain data. Text over the protocol's limit is let
 * in here: whether it is too long is the relay's answer to that one draft, not a broken frame.
 */
export const body: Reader<Body> = (value, name) => {
  const fields = fieldsOf(value, name)
  const type = fields['type']
  if (typeof type !== 'string' || type === '' || type.length > MAX_ID_LENGTH) {
    throw new Malformed(`"${name}.type" must name the body's type.`)
  }
  if (type === 'text' && typeof fields['text'] !== 'string') {
    throw new Malformed(`"${name}.text" must be a text.`)
  }
  if (type === 'status') oneOf('open', 'resolved', 'joined')(fields['status'], `${name}.status`)
  const fallback = fields['fallback']
  if (fallback !== undefined && typeof fallback !== 'string') {
    throw new Malformed(`"${name}.fallback" must be a text.`)
  }
  if (deeper(fields, MAX_BODY_DEPTH)) {
    throw new Malformed(`"${name}" must not be nested deeper than ${MAX_BODY_DEPTH}.`)
  }
  return fields as Body
}

/** Stops at the limit: a hostile tree is not walked to its end. */
function deeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => deeper(item, levels - 1))
}
