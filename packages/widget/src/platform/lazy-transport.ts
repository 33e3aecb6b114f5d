import type { CloseReason, Link, LinkEvents, Target, Transport } from '@homing/core'

/**
 * A transport that is downloaded apart from the engine: the fallback is not on the way to an open
 * panel. `load` is called early by whoever makes it, while the network that brought the engine is
 * surely there; a link that is wanted before it came waits for it.
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
