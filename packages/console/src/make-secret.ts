/** Bytes in a secret that nobody guesses. */
const BYTES = 24

/**
 * A secret of one's own: a `word` of letters and digits, or one by the name of `whsec_`, as
 * Standard Webhooks has them.
 */
export function makeSecret(
  kind: 'word' | 'whsec',
  randomBytes: (count: number) => Uint8Array,
): string {
  const bytes = randomBytes(BYTES)
  if (kind === 'whsec') return `whsec_${btoa(String.fromCharCode(...bytes))}`
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
