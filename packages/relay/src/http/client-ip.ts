import ipaddr from 'ipaddr.js'

/**
 * Whose address a request is counted by. `X-Forwarded-For` can be written by anyone, so it is read
 * from its end, and only as far as those who wrote it are our own proxies.
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
    return address
  }
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
