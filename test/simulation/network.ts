import { EventEmitter } from 'node:events'
import type { PendingPost, Random, SocketLike } from '../../packages/core/src/index.ts'
import type { OpenSocket } from '../../packages/relay/src/gateway/socket-link.ts'
import type { Counts } from './counts.ts'
import type { Program, World } from './world.ts'

/**
 * The lines between one place, a browser or the console's desk, and the relay. They take time and
 * fail as lines do. Within a socket nothing is lost, doubled or reordered, for no TCP does that;
 * what was on a line that breaks is gone, and each side learns of it by itself, late, or never.
 */
export interface Network {
  connect(program: Program, url: string): SocketLike
  post(program: Program, url: string, body: string): PendingPost
  set(weather: Partial<Weather>): void
  readonly weather: Weather
  /** Break every line that is up. */
  cut(): void
  /** From now on nothing comes through on the lines that are up, this way or that; nobody is told. */
  swallow(way: 'out' | 'in' | 'both'): void
  /** Everything works again. Lines that were swallowed carry on, or are found to be dead. */
  heal(): void
}

export interface Weather {
  /** False: nothing opens, and what is open carries nothing and says nothing of it. */
  readonly up: boolean
  /** What becomes of an upgrade: it works, is refused, or opens and carries nothing. */
  readonly sockets: 'fine' | 'refused' | 'useless'
  /** Longest time on the way, ms. */
  readonly latency: number
  /** Chances of a request: its answer is lost, it arrives twice, somebody else answers it. */
  readonly answerLost: number
  readonly twice: number
  readonly portal: number
  readonly badGateway: number
}

export const FAIR: Weather = {
  up: true,
  sockets: 'fine',
  latency: 40,
  answerLost: 0,
  twice: 0,
  portal: 0,
  badGateway: 0,
}

/** What the network finds at the far end: the relay's listener, when a relay runs. */
export interface Listener {
  /** Undefined: refused. */
  upgrade(socket: OpenSocket): boolean
  request(request: Request): Promise<Response>
}

export interface NetworkOptions {
  readonly world: World
  readonly random: Random
  readonly counts: Counts
  /** Undefined: nobody listens. */
  readonly listener: () => { readonly listener: Listener; readonly process: Program } | undefined
}

/** Of what breaks, each side is told at once with this chance. */
const TOLD = 0.5
/** A call that nobody hears is repeated after 1, 2, 4 … s. */
const CALL_AGAIN_MS = 1_000

export function createNetwork(options: NetworkOptions): Network {
  const { world, random, counts, listener } = options
  let weather = FAIR
  const wires = world.program()
  const lines = new Set<Line>()
  const lag = (): number => 1 + Math.floor(random() * weather.latency)

  /** One TCP connection: two queues in order, and an end that each side learns of on its own. */
  interface Line {
    cut(): void
    swallow(way: 'out' | 'in' | 'both'): void
    /** The network is up: what waited is sent again, as TCP does. */
    flow(): void
    heal(): void
  }

  const connect = (page: Program, _url: string): SocketLike => {
    let state: 'calling' | 'open' | 'broken' | 'closed' = 'calling'
    let holes = { out: false, in: false }
    let outAt = 0
    let inAt = 0
    /** What waits behind a hole, to be sent again when it is gone. */
    const held: { readonly way: 'out' | 'in'; readonly work: () => void }[] = []
    let server: ReturnType<typeof createServerSocket> | undefined

    const blocked = (way: 'out' | 'in'): boolean => holes[way] || !weather.up
    const carry = (way: 'out' | 'in', work: () => void): void => {
      if (state === 'broken') {
        // The far side's machine answers what belongs to no connection: that is how it is noticed.
        if (weather.up) wires.after(lag(), way === 'out' ? endPage : endServer)
        return
      }
      const from = world.now()
      const at = Math.max(way === 'out' ? outAt : inAt, from + lag())
      if (way === 'out') outAt = at
      else inAt = at
      wires.after(at - from, () => {
        if (state === 'broken') return
        // What comes behind a hole waits behind what is in it: a line keeps its order.
        if (blocked(way) || held.some((waits) => waits.way === way)) held.push({ way, work })
        else work()
      })
    }
    const endPage = (): void => {
      if (state === 'closed') return
      state = 'broken'
      page.after(0, () => {
        socket.onclose?.()
      })
    }
    const endServer = (): void => server?.gone()
    const line: Line = {
      cut: () => {
        if (state !== 'open') return
        state = 'broken'
        lines.delete(line)
        if (random() < TOLD) endPage()
        if (random() < TOLD) endServer()
      },
      swallow: (way) => {
        holes = { out: holes.out || way !== 'in', in: holes.in || way !== 'out' }
      },
      flow: () => {
        if (holes.out || holes.in) return
        for (const { way, work } of held.splice(0)) carry(way, work)
      },
      heal: () => {
        const wasSwallowed = holes.out || holes.in
        holes = { out: false, in: false }
        // Whatever stood between has forgotten the connection.
        if (wasSwallowed && random() < 0.5) {
          state = state === 'open' ? 'broken' : state
          lines.delete(line)
          return
        }
        line.flow()
      },
    }

    const socket: SocketLike & { opened: boolean } = {
      opened: false,
      bufferedAmount: 0,
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (data) => carry('out', () => server?.heard(data)),
      close: () => {
        if (state === 'closed') return
        const wasOpen = state === 'open'
        if (wasOpen) carry('out', endServer)
        state = wasOpen ? state : 'closed'
        closedByPage = true
      },
    }
    let closedByPage = false

    const fail = (): void => {
      state = 'closed'
      page.after(0, () => {
        socket.onerror?.()
        socket.onclose?.()
      })
    }
    const call = (again: number): void => {
      if (state !== 'calling' || closedByPage || page.state() === 'gone') return
      if (!weather.up) {
        if (again === CALL_AGAIN_MS && random() < TOLD) return fail()
        wires.after(again, () => call(again * 2))
        return
      }
      if (weather.sockets === 'refused') {
        counts.add('upgrades refused')
        return fail()
      }
      if (weather.sockets === 'useless') {
        counts.add('upgrades useless')
        state = 'closed'
        page.after(0, () => socket.onopen?.())
        return
      }
      const found = listener()
      const made = createServerSocket({
        say: (data) => carry('in', () => page.after(0, () => socket.onmessage?.({ data }))),
        ping: () => carry('in', () => carry('out', () => made.pong())),
        close: () => {
          carry('in', () => {
            endPage()
            endServer()
          })
        },
        terminate: () => {
          if (state === 'open') {
            state = 'broken'
            lines.delete(line)
            if (!blocked('in')) wires.after(lag(), endPage)
          }
        },
        later: (work) => found?.process.after(0, work),
      })
      if (!found || !found.listener.upgrade(made.socket)) return fail()
      server = made
      state = 'open'
      lines.add(line)
      found.process.onGone(() => {
        // The dead process's machine ends its connections.
        if (state !== 'open') return
        state = 'broken'
        lines.delete(line)
        if (weather.up) wires.after(lag(), endPage)
      })
      page.onGone(() => {
        // The browser ends what its page held.
        if (state === 'open') carry('out', endServer)
      })
      page.after(lag(), () => socket.onopen?.())
    }
    wires.after(lag(), () => call(CALL_AGAIN_MS))
    return socket
  }

  const post = (page: Program, url: string, body: string): PendingPost => {
    const aborting = new AbortController()
    let done = false
    const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
      const finish = (work: () => void): void => {
        if (done) return
        done = true
        page.after(0, work)
      }
      const refuse = (): void => finish(() => reject(new TypeError('fetch failed')))
      const answered = (status: number, text: string): void => {
        wires.after(lag(), () => {
          if (!weather.up) return random() < TOLD ? refuse() : undefined
          finish(() => resolve({ status, text }))
        })
      }
      const deliver = (told: boolean): void => {
        const found = listener()
        if (!found) return refuse()
        const { process } = found
        process.onGone(() => wires.after(lag(), refuse))
        const request = new Request(url, {
          method: 'POST',
          body,
          headers: { 'content-type': 'text/plain' },
          signal: aborting.signal,
        })
        found.listener.request(request).then(
          async (response) => {
            const text = await response.text()
            if (process.state() !== 'gone' && told) answered(response.status, text)
          },
          (error: unknown) => world.faults.push(error),
        )
      }
      const arrive = (again: number): void => {
        if (done || page.state() === 'gone') return
        if (!weather.up) {
          if (again === CALL_AGAIN_MS && random() < TOLD) return refuse()
          wires.after(again, () => arrive(again * 2))
          return
        }
        const chance = random()
        if (chance < weather.portal) {
          counts.add('captive portal')
          return answered(200, '<html><body>Please sign in to this network.</body></html>')
        }
        if (random() < weather.badGateway) {
          counts.add('bad gateway')
          return answered(random() < 0.5 ? 502 : 504, '')
        }
        const lost = random() < weather.answerLost
        if (lost) counts.add('answers lost')
        deliver(!lost)
        if (lost && random() < TOLD) wires.after(lag() * 2, refuse)
        if (random() < weather.twice) {
          counts.add('requests doubled')
          wires.after(lag(), () => deliver(false))
        }
      }
      wires.after(lag(), () => arrive(CALL_AGAIN_MS))
      page.onGone(() => wires.after(lag(), () => aborting.abort()))
    })
    return {
      answer,
      abort: () => {
        done = true
        wires.after(lag(), () => aborting.abort())
      },
    }
  }

  return {
    connect,
    post,
    set: (next) => {
      weather = { ...weather, ...next }
      if (next.up === true) for (const line of lines) line.flow()
    },
    get weather() {
      return weather
    },
    cut: () => {
      for (const line of lines) line.cut()
    },
    swallow: (way) => {
      for (const line of lines) line.swallow(way)
    },
    heal: () => {
      weather = FAIR
      for (const line of lines) line.heal()
    },
  }
}

/** The relay's end of a line, as its gateway sees it. */
function createServerSocket(line: {
  say(data: string): void
  ping(): void
  close(): void
  terminate(): void
  later(work: () => void): void
}) {
  const events = new EventEmitter()
  const OPEN = 1
  const CLOSED = 3
  let readyState: 0 | 1 | 2 | 3 = OPEN
  let paused = false
  const waiting: string[] = []

  const gone = (): void => {
    if (readyState === CLOSED) return
    readyState = CLOSED
    line.later(() => events.emit('close'))
  }
  const hear = (data: string): void => {
    if (readyState !== CLOSED) events.emit('message', Buffer.from(data), false)
  }

  const socket = {
    OPEN,
    get readyState() {
      return readyState
    },
    bufferedAmount: 0,
    get isPaused() {
      return paused
    },
    send: (data: string, sent?: () => void) => {
      line.say(data)
      if (sent) line.later(sent)
    },
    ping: () => line.ping(),
    close: () => {
      if (readyState !== OPEN) return
      readyState = 2
      line.close()
    },
    terminate: () => {
      line.terminate()
      gone()
    },
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
      for (const data of waiting.splice(0)) hear(data)
    },
    on: events.on.bind(events),
    once: events.once.bind(events),
  } as unknown as OpenSocket

  return {
    socket,
    gone,
    pong: () => line.later(() => events.emit('pong')),
    heard: (data: string) =>
      line.later(() => {
        if (paused) waiting.push(data)
        else hear(data)
      }),
  }
}
