import type { CloseReason, Link, LinkEvents, Target, Transport } from '@homing/core'

/**
 * A transport that is a download of its own: few need the fallback. Whoever makes it has begun to
 * load it, while the network that brought the rest is surely there; a link that is wanted before
 * it came waits for it.
 */
export function createLazyTransport(
  name: Transport['name'],
  load: () => Promise<Transport>,
): Transport {
  return { name, open: (target, events) => openLazily(load, target, events) }
}

function openLazily(load: () => Promise<Transport>, target: Target, events: LinkEvents): Link {
  let link: Link | undefined
  let ended = false
  const end = (reason: CloseReason): void => {
    if (ended) return
    ended = true
    events.closed(reason)
  }
  load().then(
    (transport) => {
      if (!ended) link = transport.open(target, { received: events.received, closed: end })
    },
    () => end('lost'),
  )
  return {
    send: (frame) => link?.send(frame) ?? false,
    abandon: () => (link ? link.abandon() : end('closed')),
  }
}
