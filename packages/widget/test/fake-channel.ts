import type { ChannelLike } from '../src/link/tabs.ts'

/** A deaf tab, frozen as it is, neither hears nor speaks. */
export interface FakeChannel extends ChannelLike {
  deaf: boolean
}

/** BroadcastChannels of one browser. */
export function createFakeChannels(): { open(): FakeChannel } {
  const listeners = new Map<FakeChannel, ((event: { readonly data: unknown }) => void)[]>()
  return {
    open: () => {
      const channel: FakeChannel = {
        deaf: false,
        addEventListener: (_type, listener) => void listeners.get(channel)?.push(listener),
        postMessage: (data) => {
          if (channel.deaf) return
          const event = { data: structuredClone(data) }
          for (const [other, heard] of listeners) {
            if (other === channel || other.deaf) continue
            queueMicrotask(() => heard.forEach((listener) => listener(event)))
          }
        },
        close: () => void listeners.delete(channel),
      }
      listeners.set(channel, [])
      return channel
    },
  }
}
