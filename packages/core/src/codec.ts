import { MAX_FRAME_BYTES, MAX_ID_LENGTH } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import type { ClientFrame, ServerFrame, UnknownFrame } from './protocol.ts'
import type { Fields } from './readers.ts'
import { Malformed, isFields } from './readers.ts'

/**
 * The one gate from unknown to typed. Nothing here throws: what cannot be read gives a reason that
 * names the field and what belongs there. Unknown frame types, fields and bodies pass through.
 */
export type Decoded<Frame> =
  /** A frame of this version. */
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** Well-formed, of a type this version does not know: skip it. */
  | { readonly kind: 'unknown'; readonly frame: UnknownFrame }
  | {
      readonly kind: 'malformed'
      readonly code: ErrorCode
      readonly reason: string
      /** The draft id, where the broken frame was a send that had a readable one. */
      readonly id?: string
    }

export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame)
}

/** Frame type → what makes the typed frame of its fields. */
type FrameReaders<Frame> = Readonly<Record<string, FrameReader<Frame>>>

export type FrameReader<Frame> = (fields: Fields) => Frame

/** A frame's text by the readers of its direction. */
export function decode<Frame>(text: string, readers: FrameReaders<Frame>): Decoded<Frame> {
  // Each UTF-16 unit is at most three bytes, so short texts need no count.
  if (text.length * 3 > MAX_FRAME_BYTES && utf8Length(text) > MAX_FRAME_BYTES) {
    return {
      kind: 'malformed',
      code: 'too_large',
      reason: `The frame is larger than ${MAX_FRAME_BYTES} bytes. Send it in smaller parts.`,
    }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'malformed', code: 'bad_request', reason: 'The frame is not JSON.' }
  }
  return parse(value, readers)
}

/** A frame that is JSON already. */
export function parse<Frame>(value: unknown, readers: FrameReaders<Frame>): Decoded<Frame> {
  if (!isFields(value)) {
    return { kind: 'malformed', code: 'bad_request', reason: 'The frame must be a JSON object.' }
  }
  const type = value['t']
  if (typeof type !== 'string') {
    return { kind: 'malformed', code: 'bad_request', reason: '"t" must name the frame\'s type.' }
  }
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (!reader) return { kind: 'unknown', frame: { t: type } }
  try {
    return { kind: 'frame', frame: reader(value) }
  } catch (error) {
    // Anything else would be a fault of a reader; it must not take the process down either.
    const malformed = error instanceof Malformed ? error : new Malformed('The frame is malformed.')
    const id = value['id']
    return {
      kind: 'malformed',
      code: malformed.code,
      reason: malformed.reason,
      ...(type === 'send' && typeof id === 'string' && id.length <= MAX_ID_LENGTH ? { id } : {}),
    }
  }
}

/** Length in UTF-8, bytes. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code > 0xffff ? 4 : code > 0x7ff ? 3 : code > 0x7f ? 2 : 1
  }
  return bytes
}
