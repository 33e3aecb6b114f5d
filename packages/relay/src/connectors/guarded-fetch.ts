import type { LookupAddress } from 'node:dns'
import { lookup as resolve } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import ipaddr from 'ipaddr.js'
import { Agent, fetch as undiciFetch } from 'undici'
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

export type Resolve = (host: string) => Promise<readonly string[]>

/** A far side's answer is small JSON; anything above is a fault or an attack. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 20_000

export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'

  constructor(message: string) {
    super(message)
    this.name = 'AddressRefused'
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
      const bytes = await readLimited(response.body, maxBytes)
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

/** Entries that are neither host, address nor CIDR, for the start's list of problems. */
export function allowListProblems(entries: readonly string[]): readonly string[] {
  return entries.filter((entry) => {
    if (entry.includes('/')) return !ipaddr.isValidCIDR(entry)
    return !ipaddr.isValid(bare(entry)) && !/^[a-z0-9.-]+$/i.test(entry)
  })
}

interface AllowList {
  readonly hosts: ReadonlySet<string>
  readonly ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]
}

function parseAllowList(entries: readonly string[]): AllowList {
  const hosts = new Set<string>()
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []
  for (const entry of entries) {
    if (ipaddr.isValidCIDR(entry)) {
      ranges.push(ipaddr.parseCIDR(entry))
    } else if (ipaddr.isValid(bare(entry))) {
      const address = ipaddr.process(bare(entry))
      ranges.push([address, address.kind() === 'ipv4' ? 32 : 128])
    } else {
      hosts.add(normalHost(entry))
    }
  }
  return { hosts, ranges }
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
    const host = normalHost(hostname)
    const addresses = await find(host)
    if (addresses.length === 0) throw new AddressRefused('the name has no address')
    const trusted = list.hosts.has(host)
    // One bad address is enough: which one gets used is not ours to choose.
    for (const address of addresses) checkAddress(address, list, secure, trusted)
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

function checkAddress(text: string, list: AllowList, secure: boolean, trusted: boolean): void {
  if (!ipaddr.isValid(text)) throw new AddressRefused('not an address')
  const address = ipaddr.process(text)
  if (trusted || list.ranges.some((range) => within(address, range))) return
  if (!secure) throw new AddressRefused('plain http is for hosts listed in HOMING_ALLOW_PRIVATE')
  if (!isPublic(address)) {
    throw new AddressRefused(
      `${address.range()} address: list the host in HOMING_ALLOW_PRIVATE if it is meant`,
    )
  }
}

const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3')

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  // What lies outside of 2000::/3 and has no name yet is not assigned to anybody.
  return address.kind() === 'ipv4' || within(address, GLOBAL_UNICAST_V6)
}

function within(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  range: [ipaddr.IPv4 | ipaddr.IPv6, number],
): boolean {
  return address.kind() === range[0].kind() && address.match(range[0], range[1])
}

async function readLimited(
  body: AsyncIterable<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body ?? []) {
    size += part.byteLength
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function bodyOf(body: RequestInit['body']): string | Uint8Array | null {
  if (body === null || body === undefined) return null
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('only text and bytes can be sent')
}

async function systemResolve(host: string): Promise<readonly string[]> {
  const found = await resolve(host, { all: true })
  return found.map(({ address }) => address)
}

/** "EXAMPLE.com." and "example.com" are one host. */
function normalHost(host: string): string {
  return host.toLowerCase().replace(/\.+$/, '')
}

function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
