import type { Clock, Stop } from '@homing/core'

/**
 * Lets one tab of a browser hold the link for all of them. It only saves sockets: every tab can
 * lead, and two leaders at once do no harm.
 *
 *              lock granted, or the leader is silent
 *   following ──────────────────────────────────────▶ leading
 *       ▲                                                │
 *       └──────────── another tab stole the lock ────────┘
 *
 * The lock tells who leads; whether that tab is awake, a frozen one is not, is asked every few
 * seconds while this tab is looked at. Without locks or a channel, each tab leads for itself.
 * Knows nothing of links, stores or what the messages mean.
 */
export interface Tabs<Message> {
  /** To all other tabs of this browser and site. */
  tell(message: Message): void
  leading(): boolean
  /** This tab is looked at: is the leader awake? Asked at once, and then every few seconds. */
  attend(visible: boolean): void
  /** This tab needs a link now and does not wait for a silent leader. */
  takeOver(): void
  close(): void
}

export interface TabsOptions<Message> {
  /** Names lock and channel; tabs of another site must not meet here. */
  readonly name: string
  /** Undefined where the page may not use them. */
  readonly locks: Pick<LockManager, 'request'> | undefined
  readonly channel: ChannelLike | undefined
  readonly clock: Clock
  lead(): void
  follow(): void
  heard(message: Message): void
}

/** The few members of a BroadcastChannel that are used. */
export interface ChannelLike {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  postMessage(data: unknown): void
  close(): void
}

/** A looked-at tab asks this often whether its leader is awake, ms … */
export const LEADER_CHECK_MS = 4_000
/** … and leads itself when there is no answer in this long. */
export const LEADER_ANSWER_MS = 1_500

/** Builds of any age share the channel: what is of another version is not for us. */
const VERSION = 1

type Envelope<Message> =
  | { readonly v: typeof VERSION; readonly kind: 'message'; readonly message: Message }
  | { readonly v: typeof VERSION; readonly kind: 'awake?' | 'awake' }

export function createTabs<Message>(options: TabsOptions<Message>): Tabs<Message> {
  const { clock, channel, locks, name } = options
  let state: 'following' | 'leading' | 'closed' = 'following'
  let visible = false
  let check: Stop = () => {}
  let silent: Stop = () => {}
  /** Gives up the lock, or the place in the line for it. */
  let leaveLine: Stop = () => {}

  const post = (envelope: Envelope<Message>): void => {
    if (state !== 'closed') channel?.postMessage(envelope)
  }

  const become = (next: 'following' | 'leading'): void => {
    if (state === 'closed' || state === next) return
    state = next
    check()
    silent()
    if (next === 'leading') options.lead()
    else {
      options.follow()
      schedule()
    }
  }

  /** Wait in line for the lock, or take it from whoever sleeps on it. */
  function hold(steal: boolean): void {
    if (!locks) return
    leaveLine()
    const line = new AbortController()
    leaveLine = () => line.abort()
    locks
      // A theft does not wait, so it cannot be called off.
      .request(name, steal ? { steal } : { signal: line.signal }, () => {
        if (line.signal.aborted) return undefined
        become('leading')
        // Held until this tab closes, or another one takes it.
        return new Promise<void>((resolve) =>
          line.signal.addEventListener('abort', () => resolve()),
        )
      })
      .catch((error: unknown) => {
        if (line.signal.aborted) return
        // Stolen: that tab leads now. Anything else is a page that may use no locks, and is alone.
        const stolen = error instanceof DOMException && error.name === 'AbortError'
        become(stolen ? 'following' : 'leading')
        if (stolen) hold(false)
      })
  }

  function ask(): void {
    check()
    if (state !== 'following' || !visible) return
    silent()
    silent = clock.after(LEADER_ANSWER_MS, takeOver)
    post({ v: VERSION, kind: 'awake?' })
  }

  function schedule(): void {
    check()
    if (state === 'following' && visible) check = clock.after(LEADER_CHECK_MS, ask)
  }

  function takeOver(): void {
    if (state !== 'following') return
    become('leading')
    hold(true)
  }

  channel?.addEventListener('message', ({ data }) => {
    const envelope = data as Partial<Envelope<Message>> | null
    if (state === 'closed' || envelope?.v !== VERSION) return
    if (envelope.kind === 'message' && 'message' in envelope) {
      options.heard(envelope.message as Message)
    } else if (envelope.kind === 'awake?') {
      if (state === 'leading') post({ v: VERSION, kind: 'awake' })
    } else if (envelope.kind === 'awake') {
      silent()
      schedule()
    }
  })

  if (locks && channel) hold(false)
  else become('leading')

  return {
    tell: (message) => post({ v: VERSION, kind: 'message', message }),
    leading: () => state === 'leading',
    attend: (looked) => {
      visible = looked
      if (looked) ask()
      else {
        check()
        silent()
      }
    },
    takeOver,
    close: () => {
      if (state === 'closed') return
      state = 'closed'
      check()
      silent()
      leaveLine()
      channel?.close()
    },
  }
}
