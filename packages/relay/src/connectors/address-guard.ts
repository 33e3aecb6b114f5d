import { lookup as resolve } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/**
 * Which addresses the relay connects to: public unicast ones, encrypted, and what the operator
 * lists. Everything that opens a connection to an address from the settings asks here.
 */
export interface AllowList {
  readonly hosts: ReadonlySet<string>
  readonly ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]
}

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>

export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'

  constructor(message: string) {
    super(message)
    this.name = 'AddressRefused'
  }
}

/** Entries that are neither host, address nor CIDR, for the start's list of problems. */
export function allowListProblems(entries: readonly string[]): readonly string[] {
  return entries.filter((entry) => {
    if (entry.includes('/')) return !ipaddr.isValidCIDR(entry)
    return !ipaddr.isValid(bare(entry)) && !/^[a-z0-9.-]+$/i.test(entry)
  })
}

export function parseAllowList(entries: readonly string[]): AllowList {
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

/**
 * The addresses of a host, each of them checked. One bad one is enough for a refusal: which one
 * gets used is not ours to choose. Connect to these, never to the name, which may change its mind.
 */
export async function checkedAddresses(
  name: string,
  find: Resolve,
  list: AllowList,
  secure: boolean,
): Promise<readonly string[]> {
  const host = normalHost(name)
  const literal = bare(host)
  const addresses = ipaddr.isValid(literal) ? [literal] : await find(host)
  if (addresses.length === 0) throw new AddressRefused('the name has no address')
  const trusted = list.hosts.has(host)
  for (const address of addresses) checkAddress(address, list, secure, trusted)
  return addresses
}

export function checkAddress(
  text: string,
  list: AllowList,
  secure: boolean,
  trusted: boolean,
): void {
  if (!ipaddr.isValid(text)) throw new AddressRefused('not an address')
  const address = ipaddr.process(text)
  if (trusted || list.ranges.some((range) => within(address, range))) return
  if (!secure)
    throw new AddressRefused('an unencrypted line is for hosts listed in HOMING_ALLOW_PRIVATE')
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

/** By the resolver of the system. */
export async function systemResolve(host: string): Promise<readonly string[]> {
  const found = await resolve(host, { all: true })
  return found.map(({ address }) => address)
}

/** "EXAMPLE.com." and "example.com" are one host. */
export function normalHost(host: string): string {
  return host.toLowerCase().replace(/\.+$/, '')
}

/** An IPv6 literal without its brackets. */
export function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
