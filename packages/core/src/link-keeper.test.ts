import { beforeEach, describe, expect, it } from 'vitest'
import type { VirtualClock } from '../test/virtual-clock.ts'
import { createVirtualClock } from '../test/virtual-clock.ts'
import type { Wire } from '../test/wire.ts'
import { createWire } from '../test/wire.ts'
import type { LinkKeeper } from './link-keeper.ts'
import { createLinkKeeper } from './link-keeper.ts'
import type { Hello, ServerFrame, Welcome } from './protocol.ts'
import type { CloseReason, Transport } from './transport.ts'

const HELLO: Hello = {
  t: 'hello',
  v: 1,
  site: 's',
  token: null,
  device: 'd',
  positions: {},
  client: 'c',
}
const WELCOME: Welcome = {
  t: 'welcome',
  visitor: 'v',
  time: 0,
  epoch: 'e',
  conversations: [],
  limits: { text: 1, frame: 1, unacked: 8 },
}
const REFUSAL: ServerFrame = {
  t: 'reject',
  code: 'origin_not_allowed',
  message: 'Not from this page.',
  retryable: false,
}

let clock: VirtualClock
let socket: Wire
let poll: Wire
let keeper: LinkKeeper
let random: number
/** What happened, with the second it happened in: tests read as a transcript. */
let story: string[]
let onRefused: () => void
let onChanged: (state: string) => void

const note = (line: string): void => void story.push(`${clock.monotonic() / 1_000}s ${line}`)
const told = (): string[] => story.splice(0)

function watched(wire: Wire): Transport {
  const { name } = wire.transport
  return {
    name,
    open: (target, events) => {
      note(`${name} opens`)
      const link = wire.transport.open(target, events)
      return {
        send: (frame) => {
          const taken = link.send(frame)
          note(`${frame.t}${taken ? '' : ' not taken'}`)
          return taken
        },
        abandon: () => {
          note(`${name} abandoned`)
          link.abandon()
        },
      }
    },
  }
}

function start(...wires: readonly Wire[]): void {
  keeper = createLinkKeeper({
    transports: wires.map(watched),
    target: { relay: 'https://relay.test', hello: () => HELLO },
    clock,
    random: () => random,
    received: (frame) => note(`hears ${frame.t}`),
    changed: (state) => {
      note(`is ${state}`)
      onChanged(state)
    },
    refused: (code) => {
      note(`refused: ${code}`)
      onRefused()
    },
  })
}

const say = (wire: Wire, ...frames: ServerFrame[]): void => {
  wire.link().accept()
  wire.link().say(...frames)
  wire.link().deliver()
}

const fail = (wire: Wire, reason: CloseReason): void => wire.link().cut(reason)

beforeEach(() => {
  clock = createVirtualClock()
  socket = createWire({ name: 'socket' })
  poll = createWire({ name: 'poll' })
  random = 0.5
  story = []
  onRefused = () => {}
  onChanged = () => {}
  start(socket, poll)
})

describe('opening', () => {
  it('P17: a link is live with its welcome, which is heard first', () => {
    keeper.connect()
    keeper.connect()
    expect(keeper.send({ t: 'ping' })).toBe(false)
    say(socket, { t: 'presence', online: true })
    expect(keeper.state()).toBe('opening')
    say(socket, WELCOME)
    expect(keeper.send({ t: 'ping' })).toBe(true)
    expect(told()).toEqual([
      '0s socket opens',
      '0s is opening',
      '0s hears presence',
      '0s is live',
      '0s hears welcome',
      '0s ping',
    ])
  })

  it('P17: a link that is not live in 10 s is given up', async () => {
    keeper.connect()
    await clock.advance(10_000)
    expect(told()).toEqual([
      '0s socket opens',
      '0s is opening',
      '10s is waiting',
      '10s socket abandoned',
    ])
    await clock.advance(250)
    expect(told()).toEqual(['10.25s poll opens', '10.25s is opening'])
  })

  it('P17: disconnect while opening leaves nothing behind', async () => {
    keeper.connect()
    told()
    keeper.disconnect()
    keeper.disconnect()
    expect(told()).toEqual(['0s is idle', '0s socket abandoned'])
    expect(clock.timers()).toBe(0)
    await clock.advance(60_000)
    expect(told()).toEqual([])
  })

  it('P17: disconnect from within "is live" is obeyed', () => {
    onChanged = (state) => {
      if (state === 'live') keeper.disconnect()
    }
    keeper.connect()
    say(socket, WELCOME)
    expect(keeper.state()).toBe('idle')
    expect(clock.timers()).toBe(0)
  })

  it('P17: renew opens another link at once and forgets the first', () => {
    keeper.connect()
    say(socket, WELCOME)
    told()
    const first = socket.link()
    keeper.renew()
    first.say({ t: 'presence', online: true })
    first.deliver()
    expect(told()).toEqual(['0s socket opens', '0s is opening', '0s socket abandoned'])
    expect(keeper.state()).toBe('opening')
  })
})

describe('closes and waits', () => {
  it.each(['lost', 'closed', 'useless'] as const)(
    'P18: a close nobody asked for is a reconnect, also when it is "%s"',
    async (reason) => {
      keeper.connect()
      say(socket, WELCOME)
      told()
      fail(socket, reason)
      await clock.advance(250)
      expect(told()).toEqual(['0s is waiting', '0.25s socket opens', '0.25s is opening'])
    },
  )

  it('P18: waits double up to 30 s, and their length is by chance', async () => {
    start(socket)
    keeper.connect()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      fail(socket, 'lost')
      waits.push(clock.next() ?? -1)
      await clock.advance(clock.next() ?? 0)
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
    random = 0
    fail(socket, 'lost')
    expect(clock.next()).toBe(0)
  })

  it('P18: a link that lived for 60 s begins the waits anew, a shorter one does not', async () => {
    start(socket)
    keeper.connect()
    for (let i = 0; i < 4; i++) {
      fail(socket, 'lost')
      await clock.advance(clock.next() ?? 0)
    }
    say(socket, WELCOME)
    await clock.advance(30_000)
    say(socket, { t: 'pong', heads: {} })
    await clock.advance(29_999)
    fail(socket, 'lost')
    expect(clock.next()).toBe(4_000)
    await clock.advance(4_000)
    say(socket, WELCOME)
    await clock.advance(30_000)
    say(socket, { t: 'pong', heads: {} })
    await clock.advance(30_000)
    fail(socket, 'lost')
    expect(clock.next()).toBe(250)
  })

  it('P22: bye is no failure: back when the relay says, within reason', async () => {
    keeper.connect()
    say(socket, WELCOME, { t: 'bye', reason: 'restart', after: 1_500 })
    told()
    await clock.advance(1_500)
    expect(told()).toEqual(['1.5s socket opens', '1.5s is opening'])
    say(socket, WELCOME, { t: 'bye', reason: 'restart', after: 2 ** 40 })
    expect(clock.next()).toBe(600_000)
  })

  it('P21: a wake tries at once, and what failed before does not stretch the next wait', async () => {
    start(socket)
    keeper.connect()
    for (let i = 0; i < 8; i++) {
      fail(socket, 'lost')
      await clock.advance(clock.next() ?? 0)
    }
    fail(socket, 'lost')
    told()
    keeper.wake()
    expect(told().map((line) => line.split(' ').slice(1).join(' '))).toEqual([
      'socket opens',
      'is opening',
    ])
    keeper.wake()
    fail(socket, 'lost')
    expect(clock.next()).toBe(250)
  })

  it('P21: a wake that comes while a link opens counts for what follows', async () => {
    start(socket)
    keeper.connect()
    for (let i = 0; i < 8; i++) {
      fail(socket, 'lost')
      await clock.advance(clock.next() ?? 0)
    }
    keeper.wake()
    fail(socket, 'lost')
    expect(clock.next()).toBe(250)
  })
})

describe('the other way', () => {
  const viaPoll = async (reason: CloseReason): Promise<void> => {
    keeper.connect()
    fail(socket, reason)
    await clock.advance(250)
    say(poll, WELCOME)
    told()
  }

  it('P19: a socket that is no use is not tried again for 10 min, by no reconnect', async () => {
    await viaPoll('useless')
    const since = clock.monotonic()
    for (let passed = 30_000; passed < 600_000; passed += 30_000) {
      await clock.advance(since + passed - clock.monotonic())
      fail(poll, 'lost')
      await clock.advance(clock.next() ?? 0)
      say(poll, WELCOME)
    }
    expect(told().filter((line) => line.includes('socket'))).toEqual([])
    await clock.advance(since + 600_000 - clock.monotonic())
    expect(told().slice(-3)).toEqual([
      '600.25s socket opens',
      '600.25s is opening',
      '600.25s poll abandoned',
    ])
  })

  it('P19: a socket that was refused is tried again after 30 s', async () => {
    await viaPoll('lost')
    await clock.advance(29_999)
    expect(told()).toEqual([])
    await clock.advance(1)
    expect(told()).toEqual(['30.25s socket opens', '30.25s is opening', '30.25s poll abandoned'])
    say(socket, WELCOME)
    await clock.advance(30_000)
    expect(told()).toEqual(['30.25s is live', '30.25s hears welcome'])
  })

  it('P19: when neither works it is the network, and the socket is tried first again', async () => {
    keeper.connect()
    fail(socket, 'useless')
    await clock.advance(250)
    fail(poll, 'lost')
    told()
    await clock.advance(250)
    expect(told()).toEqual(['0.5s socket opens', '0.5s is opening'])
  })

  it('P19: the turn of the other one comes soon, however long the network was gone', async () => {
    keeper.connect()
    for (let i = 0; i < 8; i++) {
      fail(socket, 'lost')
      await clock.advance(clock.next() ?? 0)
      fail(poll, 'lost')
      await clock.advance(clock.next() ?? 0)
    }
    fail(socket, 'useless')
    expect(clock.next()).toBe(250)
  })

  it('P19: a link that only breaks stays with its transport', async () => {
    keeper.connect()
    say(socket, WELCOME)
    fail(socket, 'lost')
    told()
    await clock.advance(250)
    expect(told()[0]).toBe('0.25s socket opens')
  })
})

describe('silence', () => {
  it('P20: after 37 s it asks, and 5 s later it gives the link up without waiting for its end', async () => {
    keeper.connect()
    say(socket, WELCOME)
    told()
    await clock.advance(36_999)
    expect(told()).toEqual([])
    await clock.advance(1)
    expect(told()).toEqual(['37s ping'])
    await clock.advance(4_999)
    expect(told()).toEqual([])
    await clock.advance(1)
    expect(told()).toEqual(['42s socket opens', '42s is opening', '42s socket abandoned'])
  })

  it('P20: anything heard is a sign of life', async () => {
    keeper.connect()
    say(socket, WELCOME)
    await clock.advance(30_000)
    say(socket, { t: 'pong', heads: {} })
    told()
    await clock.advance(36_999)
    expect(told()).toEqual([])
    await clock.advance(1)
    expect(told()).toEqual(['67s ping'])
    await clock.advance(4_000)
    say(socket, { t: 'presence', online: true })
    await clock.advance(36_999)
    expect(told()).toEqual(['71s hears presence'])
  })

  it('P20: the device clock may jump; silence is not measured by it', async () => {
    keeper.connect()
    say(socket, WELCOME)
    told()
    clock.jump(3_600_000)
    await clock.advance(1_000)
    clock.jump(-7_200_000)
    await clock.advance(1_000)
    expect(told()).toEqual([])
  })

  it('P21: a wake probes a live link that was silent, and only once', async () => {
    keeper.connect()
    say(socket, WELCOME)
    told()
    keeper.wake()
    await clock.advance(1_000)
    keeper.wake()
    keeper.wake()
    expect(told()).toEqual(['1s ping'])
    await clock.advance(5_000)
    expect(told()).toEqual(['6s socket opens', '6s is opening', '6s socket abandoned'])
  })

  it('P21: a link that was heard a moment before the wake is probed unless it is heard again', async () => {
    keeper.connect()
    say(socket, WELCOME)
    await clock.advance(500)
    keeper.wake()
    await clock.advance(499)
    expect(told().at(-1)).toBe('0s hears welcome')
    await clock.advance(1)
    expect(told()).toEqual(['1s ping'])
    say(socket, { t: 'pong', heads: {} })
    keeper.wake()
    await clock.advance(999)
    say(socket, { t: 'pong', heads: {} })
    told()
    await clock.advance(36_999)
    expect(told()).toEqual([])
    await clock.advance(1)
    expect(told()).toEqual(['38.999s ping'])
  })

  it('P21: a wake begins anew what was begun on a network that is gone', async () => {
    keeper.connect()
    await clock.advance(4_999)
    keeper.wake()
    expect(told()).toEqual(['0s socket opens', '0s is opening'])
    await clock.advance(1)
    keeper.wake()
    expect(told()).toEqual(['5s socket opens', '5s socket abandoned'])
    await clock.advance(10_000)
    expect(told()).toEqual(['15s is waiting', '15s socket abandoned'])
  })
})

describe('refusals', () => {
  it('P23: a relay that refuses the page is asked again only after 10 min', async () => {
    keeper.connect()
    say(socket, REFUSAL)
    expect(told().slice(2)).toEqual([
      '0s is waiting',
      '0s socket abandoned',
      '0s refused: origin_not_allowed',
    ])
    expect(clock.next()).toBe(600_000)
  })

  it('P23: who gives up on hearing it has given up', () => {
    onRefused = () => keeper.disconnect()
    keeper.connect()
    say(socket, REFUSAL)
    expect(keeper.state()).toBe('idle')
    expect(clock.timers()).toBe(0)
  })

  it('P23: a hello that came at a bad moment is repeated when the relay says', async () => {
    keeper.connect()
    say(socket, {
      ...REFUSAL,
      t: 'reject',
      code: 'rate_limited',
      message: '',
      retryable: true,
      retryAfter: 7_000,
    })
    expect(told().slice(2)).toEqual(['0s is waiting', '0s socket abandoned'])
    expect(clock.next()).toBe(7_000)
  })

  it('P23: the refusal of one frame on a live link is none of the page', () => {
    keeper.connect()
    say(socket, WELCOME, REFUSAL)
    expect(keeper.state()).toBe('live')
  })
})
