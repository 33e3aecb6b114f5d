/**
 * Which conversations are being sent where, right now. An echo can beat the receipt of its send,
 * so a webhook of such a thread waits until the send is settled and its ids are known.
 */
export interface InFlight {
  begin(connector: string, conversation: string): void
  end(connector: string, conversation: string): void
  /** Resolves when nothing of this conversation is under way there; at once when nothing is. */
  idle(connector: string, conversation: string): Promise<void>
}

export function createInFlight(): InFlight {
  // The store hands out one delivery per conversation and connector, so there is one waiter list.
  const waiting = new Map<string, (() => void)[]>()
  const name = (connector: string, conversation: string): string => `${connector} ${conversation}`

  return {
    begin(connector, conversation) {
      waiting.set(name(connector, conversation), [])
    },
    end(connector, conversation) {
      const key = name(connector, conversation)
      const waiters = waiting.get(key) ?? []
      waiting.delete(key)
      for (const wake of waiters) wake()
    },
    idle(connector, conversation) {
      const waiters = waiting.get(name(connector, conversation))
      if (!waiters) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
  }
}
