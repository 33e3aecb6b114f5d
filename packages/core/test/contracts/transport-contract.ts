import type { ClientFrame, Hello, ServerFrame, Transport, Welcome } from '@homing/core'
import { CONNECT_TIMEOUT_MS, WELCOME_TIMEOUT_MS } from '@homing/core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { VirtualClock } from '../virtual-clock.ts'
import { createVirtualClock } from '../virtual-clock.ts'

/** The far end of a transport's links, played by a script. */
export interface TransportScript {
  readonly transport: Transport
  /** The network lets the newest link through: an upgrade, a request that arrives. */
  admit(): Promise<void>
  /** What the client said over the newest link and was not looked at yet, its hellos included. */
  heard(): readonly ClientFrame[]
  /** Say frames over the newest link; values may be anything, as the world is. */
  say(...frames: readonly unknown[]): Promise<void>
  /** Answer with what a captive portal answers: a web page. */
  portal(): Promise<void>
  /** The network breaks the newest link. */
  break(): Promise<void>
  /** Refuse the next link before it opens, e.g. no upgrade. */
  refuse(): void
  /** Is anything open or under way at the far end? */
  busy(): boolean
}

const WELCOME: Welcome = {
  t: 'welcome',
  visitor: 'visitor-1',
  time: 1,
  epoch: 'e1',
  conversations: [],
  limits: { text: 4_000, frame: 65_536, unacked: 8 },
  n: 0,
}

/** What every Transport keeps to. */
export function transportContract(
  name: string,
  create: (clock: VirtualClock) => TransportScript,
  options: {
    /** What ends a link that opened and then gives no welcome. */
    readonly portalEnds: boolean
  },
): void {
  describe(`Transport contract: ${name}`, () => {
    let clock: VirtualClock
    let script: TransportScript
    let received: ServerFrame[]
    let closes: string[]

    const hello = (): Hello => ({
      t: 'hello',
      v: 1,
      site: 'pk_demo',
      token: null,
      device: 'device-1',
      positions: {},
      client: `test/${received.length}`,
    })

    const open = () =>
      script.transport.open(
        { relay: 'https://relay.test', hello },
        {
          received: (frame) => void received.push(frame),
          closed: (reason) => void closes.push(reason),
        },
      )

    const welcomed = async () => {
      const link = open()
      await script.admit()
      await script.say(WELCOME)
      received.length = 0
      script.heard()
      return link
    }

    beforeEach(() => {
      clock = createVirtualClock()
      script = create(clock)
      received = []
      closes = []
    })

    it('P4: hello is the first that is said', async () => {
      open()
      await script.admit()
      expect(script.heard()).toEqual([hello()])
    })

    it('P18: nothing happens before open has returned', () => {
      script.refuse()
      open()
      expect([received, closes]).toEqual([[], []])
    })

    it('P18: a link that is refused closes once, and says nothing more', async () => {
      script.refuse()
      const link = open()
      await clock.advance(CONNECT_TIMEOUT_MS)
      expect(closes).toEqual(['lost'])
      expect(link.send({ t: 'ping' })).toBe(false)
      link.abandon()
      await clock.advance(60_000)
      expect(closes).toEqual(['lost'])
      expect(clock.timers()).toBe(0)
    })

    it('C6: frames come in the order they were said', async () => {
      await welcomed()
      const frames = [1, 2, 3].map((seq) => ({ t: 'read', conversation: 'c', by: 'agent', seq }))
      await script.say(...frames)
      await script.say({ t: 'presence', online: true })
      expect(received).toEqual([...frames, { t: 'presence', online: true }])
      expect(closes).toEqual([])
    })

    it('P2: what is unknown or cannot be read is skipped', async () => {
      await welcomed()
      await script.say({ t: 'later' }, { t: 'ack' }, 'x', null, 7, { t: 'presence', online: true })
      expect(received).toEqual([{ t: 'presence', online: true }])
      expect(closes).toEqual([])
    })

    it('C4: what is sent arrives in order, after the hello', async () => {
      const link = await welcomed()
      for (let seq = 1; seq <= 3; seq++) {
        expect(link.send({ t: 'read', conversation: 'c', seq })).toBe(true)
      }
      await clock.advance(0)
      expect(script.heard().filter(({ t }) => t !== 'hello')).toEqual(
        [1, 2, 3].map((seq) => ({ t: 'read', conversation: 'c', seq })),
      )
    })

    it('P18: a break closes once, and no event comes after it', async () => {
      const link = await welcomed()
      await script.break()
      expect(closes).toEqual(['lost'])
      await script.say({ t: 'presence', online: true })
      link.abandon()
      await clock.advance(60_000)
      expect([received, closes]).toEqual([[], ['lost']])
      expect(link.send({ t: 'ping' })).toBe(false)
      expect(clock.timers()).toBe(0)
    })

    it('P20: an abandoned link is closed at once, whatever the far end does', async () => {
      const link = await welcomed()
      link.abandon()
      expect(closes).toEqual(['closed'])
      link.abandon()
      await script.say({ t: 'presence', online: true })
      await script.break()
      await clock.advance(60_000)
      expect([received, closes]).toEqual([[], ['closed']])
      expect(link.send({ t: 'ping' })).toBe(false)
      expect(clock.timers()).toBe(0)
      expect(script.busy()).toBe(false)
    })

    it('P20: a link can be abandoned before it opened', async () => {
      const link = open()
      link.abandon()
      expect(closes).toEqual(['closed'])
      await clock.advance(60_000)
      expect([received, closes]).toEqual([[], ['closed']])
      expect(clock.timers()).toBe(0)
      expect(script.busy()).toBe(false)
    })

    it('P17: one that opens and gives no welcome in 5 s is of no use', async () => {
      open()
      await script.admit()
      await clock.advance(WELCOME_TIMEOUT_MS - 1)
      expect(closes).toEqual([])
      await clock.advance(1)
      expect(closes).toEqual(['useless'])
      expect(clock.timers()).toBe(0)
      expect(script.busy()).toBe(false)
    })

    it('P17: frames that are no welcome do not make it useful', async () => {
      open()
      await script.admit()
      await script.say({ t: 'presence', online: true })
      await clock.advance(WELCOME_TIMEOUT_MS)
      expect(closes).toHaveLength(1)
    })

    it('P24: a captive portal is not the relay', async () => {
      open()
      await script.admit()
      await script.portal()
      expect(received).toEqual([])
      if (!options.portalEnds) await clock.advance(WELCOME_TIMEOUT_MS)
      expect(closes).toHaveLength(1)
    })

    it('P17: once welcomed, it stays for as long as it lasts', async () => {
      await welcomed()
      await clock.advance(20_000)
      expect(closes).toEqual([])
    })

    it('P3: a page that may not even try is a link that never opened', async () => {
      script.refuse()
      script.refuse()
      open()
      open()
      await clock.advance(CONNECT_TIMEOUT_MS)
      expect(closes).toEqual(['lost', 'lost'])
    })
  })
}
