import ipaddr from 'ipaddr.js'

/**
 * Whose address a request is counted by; not for anything else. `X-Forwarded-For` can be written by anyone, so it is read
 * from its end, and only as far as those who wrote it are our own proxies.
 *
 * Of an IPv6 address only the network counts: whoever has one has all of the 2^64 in it.
 */
export type ClientIp = (
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
) => string

/** `proxies`: CIDR ranges or single addresses, checked by the settings' parser. */
export function createClientIp(proxies: readonly string[]): ClientIp {
  const ranges = proxies.map((text) =>
    text.includes('/') ? ipaddr.parseCIDR(text) : wholeAddress(text),
  )
  const trusted = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false
    const parsed = ipaddr.process(address)
    return ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits]),
    )
  }

  return (socketAddress, forwardedFor) => {
    let address = normal(socketAddress ?? '')
    const hops = (forwardedFor ?? '').split(',').map((hop) => normal(hop))
    for (let i = hops.length - 1; i >= 0 && trusted(address); i--) {
      const hop = hops[i] ?? ''
      if (!ipaddr.isValid(hop)) break
      address = hop
    }
    return countedAs(address)
  }
}

/** Bytes of an IPv6 address that name the network a customer is given. */
const NETWORK_BYTES = 8

function countedAs(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const bytes = ipaddr.IPv6.parse(address).toByteArray()
  const network = [...bytes.slice(0, NETWORK_BYTES), ...Array<number>(NETWORK_BYTES).fill(0)]
  return `${ipaddr.fromByteArray(network).toString()}/64`
}

function wholeAddress(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** One spelling per address; an IPv4 one inside IPv6 is itself. */
function normal(text: string): string {
  // A port, or the brackets some proxies put around an IPv6 address.
  const bare = text
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : bare
}
