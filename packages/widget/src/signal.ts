import type { Stop } from '@homing/core'

/**
 * A value that tells when it changes. What the panel needs of signals is this much: it redraws as
 * a whole, at most once per turn, so nothing has to track who read what. A library that does
 * weighs 1.4 kB on a stranger's page.
 */
export interface ReadonlySignal<Value> {
  peek(): Value
  /** Calls at once, and after each change. */
  subscribe(listener: (value: Value) => void): Stop
}

export interface Signal<Value> extends ReadonlySignal<Value> {
  value: Value
}

export function signal<Value>(initial: Value): Signal<Value> {
  let current = initial
  const listeners = new Set<(value: Value) => void>()
  return {
    get value() {
      return current
    },
    set value(next) {
      if (Object.is(current, next)) return
      current = next
      for (const listener of listeners) listener(next)
    },
    peek: () => current,
    subscribe: (listener) => {
      listeners.add(listener)
      listener(current)
      return () => listeners.delete(listener)
    },
  }
}

/** Runs now, and after each change of any of them. */
export function watch(signals: readonly ReadonlySignal<unknown>[], run: () => void): Stop {
  let ready = false
  const stops = signals.map((each) => each.subscribe(() => ready && run()))
  ready = true
  run()
  return () => stops.forEach((stop) => stop())
}
