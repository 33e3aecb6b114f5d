/** Replies being written, one per conversation, for as long as the tab lives. */
export interface KeptTexts {
  get(conversation: string): string
  set(conversation: string, text: string): void
  clear(): void
}

const PREFIX = 'homing-reply:'

/** A storage that refuses (full, forbidden) costs the reload, never the writing. */
export function createKeptTexts(storage: Storage | undefined): KeptTexts {
  const memory = new Map<string, string>()
  return {
    get(conversation) {
      const known = memory.get(conversation)
      if (known !== undefined) return known
      try {
        return storage?.getItem(PREFIX + conversation) ?? ''
      } catch {
        return ''
      }
    },
    set(conversation, text) {
      memory.set(conversation, text)
      try {
        if (text === '') storage?.removeItem(PREFIX + conversation)
        else storage?.setItem(PREFIX + conversation, text)
      } catch {
        // Kept in memory above.
      }
    },
    clear() {
      memory.clear()
      try {
        for (const key of Object.keys(storage ?? {})) {
          if (key.startsWith(PREFIX)) storage?.removeItem(key)
        }
      } catch {
        // Nothing was kept there then.
      }
    },
  }
}
