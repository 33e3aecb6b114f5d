/**
 * What goes with a message and comes back with its statuses. Other programs may send from the same
 * number and hear of each other's messages, so ours are marked.
 */
export const KEY_MARK = 'homing:'
/** A template that wakes: about no entry. */
export const WAKE_MARK = 'homing-wake:'
