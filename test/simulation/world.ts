import type { Clock, Random, Stop } from '../../packages/core/src/index.ts'
import { seededRandom } from '../../packages/core/test/seeded-random.ts'

/**
 * Time, chance, and the programs that live in it. Everything that happens is a timer of some
 * program; they fall due one after the other, and what each of them started is carried to its end
 * before the next. So a run is its seed and nothing else.
 */
export interface World {
  /** Milliseconds since the run began. */
  now(): number
  /** A chance of its own for each name: one part's draws do not move another's. */
  chance(name: string): Random
  program(): Program
  /** Let time pass. */
  advance(ms: number): Promise<void>
  /** What must not happen and did: an error that nobody caught. */
  readonly faults: unknown[]
  /** Timers that have fallen due, for the figures. */
  steps(): number
}

/** A page, a process: it runs, it is frozen, it is gone. */
export interface Program {
  /** While it is frozen what falls due waits; once it is gone nothing comes any more. */
  after(ms: number, callback: () => void): Stop
  clock(wall: () => number): Clock
  freeze(): void
  thaw(): void
  kill(): void
  state(): 'running' | 'frozen' | 'gone'
  /** Called when it is gone. */
  onGone(callback: () => void): void
}

interface Timer {
  readonly due: number
  readonly order: number
  readonly program: Owner
  readonly callback: () => void
  stopped: boolean
}

interface Owner {
  state: 'running' | 'frozen' | 'gone'
  held: Timer[]
}

export function createWorld(seed: number): World {
  const queue = createQueue()
  const faults: unknown[] = []
  let elapsed = 0
  let order = 0
  let steps = 0

  const set = (program: Owner, ms: number, callback: () => void): Stop => {
    if (program.state === 'gone') return () => {}
    // Whole milliseconds, as stamps are.
    const due = elapsed + Math.max(0, Math.ceil(ms))
    const timer: Timer = { due, order: order++, program, callback, stopped: false }
    queue.push(timer)
    return () => {
      timer.stopped = true
    }
  }

  const run = async (timer: Timer): Promise<void> => {
    const { program } = timer
    if (timer.stopped || program.state === 'gone') return
    if (program.state === 'frozen') {
      program.held.push(timer)
      return
    }
    steps++
    try {
      timer.callback()
    } catch (error) {
      faults.push(error)
    }
    await quiet()
  }

  return {
    now: () => elapsed,
    chance: (name) => seededRandom(seed ^ hash(name)),
    faults,
    steps: () => steps,
    program: () => {
      const owner: Owner = { state: 'running', held: [] }
      const gone: (() => void)[] = []
      return {
        after: (ms, callback) => set(owner, ms, callback),
        clock: (wall) => ({
          now: wall,
          monotonic: () => elapsed,
          after: (ms, callback) => set(owner, ms, callback),
        }),
        freeze: () => {
          if (owner.state === 'running') owner.state = 'frozen'
        },
        thaw: () => {
          if (owner.state !== 'frozen') return
          owner.state = 'running'
          for (const { callback, stopped } of owner.held.splice(0)) {
            if (!stopped) set(owner, 0, callback)
          }
        },
        kill: () => {
          if (owner.state === 'gone') return
          owner.state = 'gone'
          owner.held = []
          for (const callback of gone) callback()
        },
        state: () => owner.state,
        onGone: (callback) => void gone.push(callback),
      }
    },
    advance: async (ms) => {
      const end = elapsed + ms
      await quiet()
      for (let next = queue.peek(); next && next.due <= end; next = queue.peek()) {
        queue.pop()
        elapsed = Math.max(elapsed, next.due)
        await run(next)
      }
      elapsed = end
    },
  }
}

/**
 * Everything that waits for nothing but promises has been done: a tick comes when no promise has
 * anything more to say. More than one, for a stream puts some of its work off to a tick of its own.
 * An immediate would do as well, and ask the operating system for news each time.
 */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    let rounds = 0
    const next = (): void => {
      if (++rounds < TICKS) queueMicrotask(tick)
      else resolve()
    }
    const tick = (): void => process.nextTick(next)
    tick()
  })
}

const TICKS = 3

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** A heap: the earliest first, those due at once in the order they were set. */
function createQueue() {
  const heap: Timer[] = []
  const before = (a: Timer, b: Timer): boolean =>
    a.due < b.due || (a.due === b.due && a.order < b.order)
  const swap = (i: number, j: number): void => {
    const kept = heap[i]!
    heap[i] = heap[j]!
    heap[j] = kept
  }
  return {
    peek: (): Timer | undefined => heap[0],
    push: (timer: Timer): void => {
      let at = heap.push(timer) - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!before(heap[at]!, heap[parent]!)) return
        swap(at, parent)
        at = parent
      }
    },
    pop: (): void => {
      const last = heap.pop()
      if (!last || heap.length === 0) return
      heap[0] = last
      let at = 0
      for (;;) {
        let least = at
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < heap.length && before(heap[child]!, heap[least]!)) least = child
        }
        if (least === at) return
        swap(at, least)
        at = least
      }
    },
  }
}
