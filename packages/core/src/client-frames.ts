import type { Decoded, FrameReader } from './codec.ts'
import { decode, parse } from './codec.ts'
import { MAX_PAGE_ENTRIES, MAX_POSITIONS, TAIL_ENTRIES } from './constants.ts'
import type { ClientFrame } from './protocol.ts'
import {
  body,
  flag,
  id,
  label,
  mapOf,
  maybe,
  oneOf,
  page,
  position,
  text,
  whole,
} from './readers.ts'

/** What clients say, as the relay reads it. */
export function decodeClientFrame(text: string): Decoded<ClientFrame> {
  return decode(text, CLIENT_FRAMES)
}

/** A client's frame that is JSON already (long-poll). */
export function parseClientFrame(value: unknown): Decoded<ClientFrame> {
  return parse(value, CLIENT_FRAMES)
}

const CLIENT_FRAMES: Readonly<Record<ClientFrame['t'], FrameReader<ClientFrame>>> = {
  hello: (f) => ({
    t: 'hello',
    v: whole(1)(f['v'], 'v'),
    site: id(f['site'], 'site'),
    token: f['token'] === null || f['token'] === undefined ? null : text(256)(f['token'], 'token'),
    ...maybe(f, 'jwt', text(8_192)),
    device: id(f['device'], 'device'),
    positions: mapOf(position, MAX_POSITIONS)(f['positions'], 'positions'),
    client: label(f['client'], 'client'),
    ...maybe(f, 'page', page),
    ...maybe(f, 'locale', text(35)),
    ...maybe(f, 'role', oneOf('agent')),
    ...maybe(f, 'tail', whole(1, TAIL_ENTRIES)),
  }),
  send: (f) => ({
    t: 'send',
    id: id(f['id'], 'id'),
    conversation: id(f['conversation'], 'conversation'),
    n: whole(1)(f['n'], 'n'),
    body: body(f['body'], 'body'),
  }),
  read: (f) => ({
    t: 'read',
    conversation: id(f['conversation'], 'conversation'),
    seq: whole(0)(f['seq'], 'seq'),
  }),
  delivered: (f) => ({
    t: 'delivered',
    conversation: id(f['conversation'], 'conversation'),
    seq: whole(0)(f['seq'], 'seq'),
  }),
  typing: (f) => ({
    t: 'typing',
    conversation: id(f['conversation'], 'conversation'),
    on: flag(f['on'], 'on'),
  }),
  page: (f) => ({ t: 'page', page: page(f['page'], 'page') }),
  history: (f) => ({
    t: 'history',
    conversation: id(f['conversation'], 'conversation'),
    before: whole(1)(f['before'], 'before'),
    limit: whole(1, MAX_PAGE_ENTRIES)(f['limit'], 'limit'),
  }),
  resume: (f) => ({
    t: 'resume',
    conversation: id(f['conversation'], 'conversation'),
    position: position(f['position'], 'position'),
  }),
  ping: () => ({ t: 'ping' }),
}
