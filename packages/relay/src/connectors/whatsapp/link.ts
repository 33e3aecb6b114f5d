/** Opens a chat with this number, with words typed in; on a phone in the app. Nothing is sent by it. */
export function linkWith(digits: string, words: string): string {
  return `https://wa.me/${digits}?text=${encodeURIComponent(words)}`
}
