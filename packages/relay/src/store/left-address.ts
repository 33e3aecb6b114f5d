/**
 * The thread of an address that a visitor has left: a thread is of one conversation, and one address
 * may be left in several. No address has a space in it.
 */
export const leftThread = (address: string, conversation: string): string =>
  leftBy(address) + conversation

/** Every thread of this address begins so. */
export const leftBy = (address: string): string => `${address} `

/** The address in such a thread; undefined where nobody left one. */
export function leftAddress(thread: string | undefined): string | undefined {
  const end = thread?.indexOf(' ') ?? -1
  return end > 0 ? thread?.slice(0, end) : undefined
}
