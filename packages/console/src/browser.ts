import type { Clock, PendingPost, SocketLike, Stop } from '@homing/core'

/** The browser's edges, each behind the narrow shape that the rest asks for. */

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export function on<Name extends string>(
  target: EventTarget,
  name: Name,
  listener: (event: Event) => void,
): Stop {
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

/** A WebSocket is a SocketLike, but for handlers it hands an event to that they do not take. */
export function connect(url: string, subprotocol: string): SocketLike {
  const socket: unknown = new WebSocket(url, subprotocol)
  return socket as SocketLike
}

/** One request of the long-poll transport. */
export function post(url: string, body: string): PendingPost {
  const abort = new AbortController()
  const ask = async (): Promise<{ status: number; text: string }> => {
    const response = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body,
      signal: abort.signal,
    })
    return { status: response.status, text: await response.text() }
  }
  return { answer: ask(), abort: () => abort.abort() }
}

/** Storage may be forbidden; then even naming it throws. */
export function storageOf(get: () => Storage): Storage | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}

/** A setting of this browser's; never a secret. */
export interface Setting {
  read(): string | null
  write(value: string | null): void
}

export function settingOf(storage: Storage | undefined, key: string): Setting {
  return {
    read() {
      try {
        return storage?.getItem(key) ?? null
      } catch {
        return null
      }
    },
    write(value) {
      try {
        if (value === null) storage?.removeItem(key)
        else storage?.setItem(key, value)
      } catch {
        // Full or forbidden: the choice lasts as long as the page.
      }
    },
  }
}
