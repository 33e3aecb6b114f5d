import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import ipaddr from 'ipaddr.js'
import { Agent, fetch as undiciFetch } from 'undici'
import type { AllowList, Resolve } from './address-guard.ts'
import {
  AddressRefused,
  bare,
  checkAddress,
  checkedAddresses,
  normalHost,
  parseAllowList,
  systemResolve,
} from './address-guard.ts'
import type { Fetch } from './connector.ts'

/**
 * A fetch that cannot be talked into the operator's own network.
 *
 * Guarantee: a connection is made only to addresses that were checked, and the name is resolved
 * once for it: the check sits inside the connection's own look-up, so there is no moment between
 * checking and connecting in which a name can change its mind. Only https to public unicast
 * addresses, but for what the operator lists. Redirects are handed back, never followed. Proxy
 * variables of the environment are not read.
 */
export interface GuardedFetch {
  readonly fetch: Fetch
  close(): Promise<void>
}

export interface GuardOptions {
  /** Hosts, addresses and CIDRs the operator trusts: plain http and private addresses are fine there. */
  readonly allow: readonly string[]
  /** All addresses of a name. The system's resolver when absent. */
  readonly resolve?: Resolve
  readonly maxResponseBytes?: number
  /** Milliseconds until a connection must stand, and between bytes afterwards. */
  readonly timeoutMs?: number
}

/** A far side's answer is small JSON; anything above is a fault or an attack. Files say how large. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 20_000

export class AnswerTooLarge extends Error {
  readonly code = 'ANSWER_TOO_LARGE'

  constructor(limit: number) {
    super(`the answer is larger than ${limit} bytes`)
    this.name = 'AnswerTooLarge'
  }
}

export function createGuardedFetch(options: GuardOptions): GuardedFetch {
  const list = parseAllowList(options.allow)
  const find = options.resolve ?? systemResolve
  const maxBytes = options.maxResponseBytes ?? MAX_RESPONSE_BYTES
  const timeout = options.timeoutMs ?? TIMEOUT_MS

  const agent = (secure: boolean): Agent =>
    new Agent({
      connect: { lookup: checkedLookup(find, list, secure), timeout },
      connectTimeout: timeout,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    })
  const secure = agent(true)
  const plain = agent(false)

  return {
    async fetch(address, init = {}) {
      const url = checkUrl(address, list)
      const response = await undiciFetch(url, {
        method: init.method ?? 'GET',
        headers: [...new Headers(init.headers)],
        body: bodyOf(init.body),
        signal: init.signal ?? null,
        redirect: 'manual',
        dispatcher: url.protocol === 'https:' ? secure : plain,
      })
      const limit = init.maxBytes ?? maxBytes
      if (Number(response.headers.get('content-length')) > limit) {
        await response.body?.cancel()
        throw new AnswerTooLarge(limit)
      }
      // What may be large is read by who wants it, and lies in memory once; the rest is here at once.
      const bytes =
        init.maxBytes === undefined
          ? await readLimited(response.body, limit)
          : ReadableStream.from(limited(response.body, limit))
      const empty = response.status === 204 || response.status === 205 || response.status === 304
      return new Response(empty ? null : bytes, {
        status: response.status,
        headers: [...response.headers],
      })
    },
    async close() {
      await Promise.all([secure.close(), plain.close()])
    },
  }
}

/** What can be told from the address alone. Names are looked at when they are resolved. */
function checkUrl(address: string, list: AllowList): URL {
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AddressRefused(`${url.protocol} is not https:`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new AddressRefused('a user name in an address is refused')
  }
  const host = normalHost(url.hostname)
  if (host === '') throw new AddressRefused('an address needs a host')
  // A literal is connected to without a look-up, so it is checked here.
  if (ipaddr.isValid(bare(host))) {
    checkAddress(bare(host), list, url.protocol === 'https:', list.hosts.has(host))
  }
  return url
}

function checkedLookup(find: Resolve, list: AllowList, secure: boolean): LookupFunction {
  const lookup = async (hostname: string): Promise<readonly LookupAddress[]> => {
    const addresses = await checkedAddresses(hostname, find, list, secure)
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  const answer = callbackify(lookup)
  return (hostname, options, callback) => {
    answer(hostname, (error, found) => {
      const first = found?.[0]
      if (error || !first) callback(error, '', 0)
      else if (options.all === true) callback(null, [...found])
      else callback(null, first.address, first.family)
    })
  }
}

/** The bytes as they come, up to the limit. */
async function* limited(
  body: AsyncIterable<Uint8Array> | null,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const part of body ?? []) {
    size += part.byteLength
    if (size > limit) throw new AnswerTooLarge(limit)
    yield part
  }
}

async function readLimited(
  body: AsyncIterable<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const part of limited(body, limit)) parts.push(part)
  return Buffer.concat(parts)
}

function bodyOf(body: RequestInit['body']): string | Uint8Array | null {
  if (body === null || body === undefined) return null
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('only text and bytes can be sent')
}
