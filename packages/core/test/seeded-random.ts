import type { Random, RandomBytes } from '@homing/core'

/** The same seed, the same numbers: a failing run can be run again. Thirty-two bits of state. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function seededBytes(random: Random): RandomBytes {
  return (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
}
