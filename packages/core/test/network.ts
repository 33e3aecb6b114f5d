import type { CloseReason, LinkEvents, Random, Stop, Transport } from '@homing/core'
import { WELCOME_TIMEOUT_MS, decodeClientFrame, decodeServerFrame, encodeFrame } from '@homing/core'
import type { VirtualClock } from './virtual-clock.ts'
import type { FarEnd, FarLink } from './wire.ts'

/** Lines between clients and a relay that take time and fail as lines do, by seeded chance. */
export interface Network {
  transport(name: Transport['name']): Transport
  /** How it is from now on. */
  set(weather: Weather): void
  /** Cut every line that is up now. */
  cut(): void
}

export interface Weather {
  /** False: nothing opens, and what is open carries nothing and says nothing of it. */
  readonly up: boolean
  /** False: sockets open and then give nothing. */
  readonly sockets: boolean
  /** Longest time of a frame on the line, ms. */
  readonly latency: number
  /** Chance that a frame's passing breaks the line, with all that is on it. */
  readonly breaks: number
}

export const FAIR: Weather = { up: true, sockets: true, latency: 50, breaks: 0 }

/** A line that breaks is noticed at once by one client in two; the others have to find out. */
const NOTICED = 0.5

export function createNetwork(clock: VirtualClock, random: Random, far: FarEnd): Network {
  let weather = FAIR
  const lines = new Set<() => void>()
  const lag = (): number => Math.floor(random() * weather.latency)

  function open(name: Transport['name'], hello: () => string, events: LinkEvents) {
    let ended = false
    let dead = false
    let there: FarLink | undefined
    let outAt = 0
    let inAt = 0
    let late: Stop = () => {}
    const timers = new Set<Stop>()

    const later = (ms: number, work: () => void): void => {
      const stop = clock.after(ms, () => {
        timers.delete(stop)
        work()
      })
      timers.add(stop)
    }
    const end = (reason: CloseReason): void => {
      if (ended) return
      ended = true
      late()
      lines.delete(snap)
      events.closed(reason)
    }
    /** The line breaks. What is on it is lost; who is told of it is chance. */
    const snap = (): void => {
      if (dead) return
      dead = true
      lines.delete(snap)
      for (const stop of timers) stop()
      there?.gone()
      if (random() < NOTICED) clock.after(1, () => end('lost'))
    }
    /** In order, each frame after the one before it. */
    const carry = (at: number, work: () => void): number => {
      const arrives = Math.max(at, clock.monotonic() + lag())
      later(arrives - clock.monotonic(), () => {
        if (dead || !weather.up) return snap()
        if (random() < weather.breaks) return snap()
        work()
      })
      return arrives
    }
    const sendOut = (text: string): void => {
      outAt = carry(outAt, () => {
        const decoded = decodeClientFrame(text)
        if (decoded.kind !== 'frame') throw new Error(`Not a client's frame: ${text}`)
        void there?.hear(decoded.frame)
      })
    }

    let opened = false
    /** A call that is not heard is repeated after 1, 2, 4 … s, as TCP does. */
    const call = (again: number): void => {
      if (!weather.up) {
        // Half of the dead networks refuse, the other half say nothing.
        if (again === 1_000 && random() < NOTICED) {
          dead = true
          return end('lost')
        }
        return later(again, () => call(again * 2))
      }
      late = clock.after(WELCOME_TIMEOUT_MS, () => end('useless'))
      if (name === 'socket' && !weather.sockets) return
      opened = true
      lines.add(snap)
      there = far.open((frame) => {
        if (dead) return
        const text = encodeFrame(frame)
        inAt = carry(inAt, () => {
          const decoded = decodeServerFrame(text)
          if (decoded.kind !== 'frame') throw new Error(`Not a relay's frame: ${text}`)
          if (ended) return
          if (decoded.frame.t === 'welcome') late()
          void events.received(decoded.frame)
        })
      })
      sendOut(hello())
    }
    later(lag(), () => call(1_000))

    return {
      send: (text: string): boolean => {
        if (ended || !opened) return false
        sendOut(text)
        return true
      },
      abandon: (): void => {
        // What it said may still arrive; what is said to it does not.
        if (!dead) later(weather.latency, snap)
        end('closed')
      },
    }
  }

  return {
    transport: (name) => ({
      name,
      open: (target, events) => {
        const line = open(name, () => encodeFrame(target.hello()), events)
        return { send: (frame) => line.send(encodeFrame(frame)), abandon: line.abandon }
      },
    }),
    set: (next) => {
      weather = next
    },
    cut: () => {
      for (const snap of lines) snap()
    },
  }
}
