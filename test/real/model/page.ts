import type { Program } from '../../simulation/world.ts'

/**
 * A page in real time, with what browsers do to pages: frozen, it hears nothing and its timers
 * wait; gone, nothing of it comes any more. `failed` is told what it threw.
 */
export function openPage(failed: (error: unknown) => void): Program {
  let state: 'running' | 'frozen' | 'gone' = 'running'
  let held: (() => void)[] = []
  const timers = new Set<NodeJS.Timeout>()
  const gone: (() => void)[] = []

  const run = (callback: () => void): void => {
    try {
      callback()
    } catch (error) {
      failed(error)
    }
  }

  const after: Program['after'] = (ms, callback) => {
    let stopped = state === 'gone'
    const due = (): void => {
      if (!stopped) run(callback)
    }
    const set = (wait: number): void => {
      if (stopped || state === 'gone') return
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (state === 'frozen') held.push(() => set(0))
        else due()
      }, wait)
      timers.add(timer)
    }
    set(Math.max(0, ms))
    return () => {
      stopped = true
    }
  }

  return {
    after,
    clock: (wall) => ({ now: wall, monotonic: () => performance.now(), after }),
    freeze: () => {
      if (state === 'running') state = 'frozen'
    },
    thaw: () => {
      if (state !== 'frozen') return
      state = 'running'
      for (const again of held.splice(0)) again()
    },
    kill: () => {
      if (state === 'gone') return
      state = 'gone'
      held = []
      for (const timer of timers) clearTimeout(timer)
      gone.forEach(run)
    },
    state: () => state,
    onGone: (callback) => void gone.push(callback),
  }
}
