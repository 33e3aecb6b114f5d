import type { Bus, Hint, Topic } from './bus.ts'

/** Hints within one process. A listener that throws does not keep the others from hearing. */
export function createMemoryBus(onError: (cause: unknown) => void): Bus {
  type Listener = (hint: Hint) => void
  const topics = new Map<Topic, Set<Listener>>()
  let closed = false

  return {
    publish(wanted, hint) {
      if (closed) return
      for (const topic of wanted) {
        for (const listener of topics.get(topic) ?? []) {
          try {
            listener(hint)
          } catch (cause) {
            onError(cause)
          }
        }
      }
    },

    subscribe(topic, listener) {
      // Wrapped, so that the same function may listen twice and each stop ends its own.
      const own: Listener = (hint) => listener(hint)
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners)
      listeners.add(own)
      return () => {
        listeners.delete(own)
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic)
      }
    },

    // Memory has no line that could be down.
    onGap: () => () => {},

    close() {
      closed = true
      topics.clear()
      return Promise.resolve()
    },
  }
}
