import type { Clock, SyncEngine } from '@homing/core'
import type { ChannelLike } from './tabs.ts'
import { createTabs } from './tabs.ts'

/**
 * This page among the others of its browser: when its engine wants a link, and when it leaves that
 * to another tab. Knows neither screen nor network.
 *
 *                  leads              another leads
 *   alone, linked ◀────── in company ──────────────▶ in company, told by the leader
 *        ▲                   │   ▲
 *        │ storage fails     │   │ woke, storage is back: read again what is kept
 *        └───────────────────┘   │
 *                     slept ─▶ asleep, no link, lock or channel
 */
export interface Company<Message> {
  /** To all other tabs. */
  tell(message: Message): void
  leading(): boolean
  /** The page is looked at, or not. */
  attend(visible: boolean): void
  /** A link is wanted, if it is this page's to have one. */
  connect(): void
  woke(): void
  /** A page that holds a lock, a channel or a socket is not kept for the way back. */
  slept(): void
  /** What is kept is shared with the other tabs, or in this page's memory only. */
  keeps(durable: boolean): void
  /** Words were kept: should a leader sleep on them, this page sends them itself. */
  submitted(draft: string): void
  close(): void
}

export interface CompanyOptions<Message> {
  /** Names lock and channel. */
  readonly name: string
  readonly engine: Pick<SyncEngine, 'connect' | 'disconnect' | 'wake' | 'reload' | 'drafts'>
  readonly clock: Clock
  /** Undefined where the page may not use them. */
  readonly locks: Pick<LockManager, 'request'> | undefined
  readonly channel: () => ChannelLike | undefined
  readonly durable: boolean
  readonly visible: boolean
  heard(message: Message): void
  /** Other tabs may be there now: ask them what is to be asked. */
  joined(): void
}

/** A following tab whose draft nobody has sent by then sends it itself, ms. */
const UNSENT_MS = 3_000

export function createCompany<Message>(options: CompanyOptions<Message>): Company<Message> {
  const { engine, clock, name } = options
  let { durable, visible } = options
  let asleep = false
  let tabs: ReturnType<typeof createTabs<Message>> | undefined

  function join(): void {
    // In memory mode nothing is shared, so the page is alone.
    tabs = createTabs<Message>({
      name,
      locks: durable ? options.locks : undefined,
      channel: durable ? options.channel() : undefined,
      clock,
      lead: () => engine.connect(),
      follow: () => {
        engine.disconnect()
        // Robbed in its sleep, it has missed what the new leader told.
        void engine.reload()
      },
      heard: options.heard,
    })
    tabs.attend(visible)
    options.joined()
    // What the others told before this page could hear them, or while it slept.
    void engine.reload()
  }

  function leave(): void {
    engine.disconnect()
    tabs?.close()
    tabs = undefined
  }

  join()

  return {
    tell: (message) => tabs?.tell(message),
    leading: () => tabs?.leading() === true,
    attend: (looked) => {
      visible = looked
      tabs?.attend(looked)
    },
    connect: () => {
      if (tabs?.leading()) engine.connect()
    },
    woke: () => {
      asleep = false
      if (!tabs) join()
      else if (tabs.leading()) {
        engine.connect()
        engine.wake()
      } else void engine.reload()
    },
    slept: () => {
      asleep = true
      leave()
    },
    keeps: (now) => {
      if (durable === now) return
      durable = now
      if (asleep) return
      leave()
      join()
    },
    submitted: (draft) => {
      if (tabs?.leading() !== false) return
      clock.after(UNSENT_MS, () => {
        const waits = engine.drafts().some(({ id, failed }) => id === draft && !failed)
        if (waits) tabs?.takeOver()
      })
    },
    close: () => {
      asleep = true
      tabs?.close()
      tabs = undefined
    },
  }
}
