/**
 * Our note on a message, which its echo brings back: it tells our own from what a person typed in
 * the Page's inbox, and settles a send whose answer was lost.
 */

const PREFIX = 'homing:'

export function markerOf(key: string): string {
  return PREFIX + key
}

/** The send's key; undefined when the note is not ours. */
export function keyIn(metadata: string | undefined): string | undefined {
  return metadata?.startsWith(PREFIX) === true ? metadata.slice(PREFIX.length) : undefined
}
