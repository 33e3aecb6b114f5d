import type { Clock, Stop } from '@homing/core'

import type { Session } from '../engine/session.ts'
import type { WidgetState } from '../engine/state.ts'
import type { ResumeAnswer } from './ask.ts'

export interface RedeemOptions {
  readonly connection: WidgetState['connection']
  readonly clock: Clock
  /** In whose name: undefined while there is nobody. */
  readonly session: () => Session | undefined
  readonly ask: (token: string) => Promise<ResumeAnswer>
  /** Called once. `later`: given up, for now. */
  readonly settled: (answer: ResumeAnswer) => void
}

/** Until the link has brought the visitor's secret, it is looked for this often, ms. */
const LOOK_MS = 250
/** Pauses after tries that nobody answered, ms. */
const PAUSES_MS = [1_000, 3_000, 9_000, 27_000]

/**
 * Asks the relay where the code leads, as often as it takes. Harmless when asked twice.
 *
 *              link is live, secret is here
 *   waiting ─────────────────────────────────▶ asking ──▶ settled
 *      ▲                                         │
 *      └──── nobody answered, another visitor ───┘
 */
export function redeem({ connection, clock, session, ask, settled }: RedeemOptions): Stop {
  let phase: 'waiting' | 'asking' | 'over' = 'waiting'
  let tries = 0
  let stopTimer: Stop = () => {}

  function look(): void {
    stopTimer()
    const asker = session()
    if (phase !== 'waiting' || connection.peek() !== 'online' || !asker) return
    const token = asker.actions.secret()
    if (token === undefined) {
      stopTimer = clock.after(LOOK_MS, look)
      return
    }
    phase = 'asking'
    void ask(token).then((answer) => {
      if (phase === 'over') return
      phase = 'waiting'
      // Who asked is gone, and what was answered is not for who came after him.
      if (session() !== asker) return look()
      const pause = answer.kind === 'later' ? PAUSES_MS[tries++] : undefined
      if (pause === undefined) {
        stop()
        settled(answer)
      } else {
        stopTimer = clock.after(pause, look)
      }
    })
  }

  const unsubscribe = connection.subscribe(look)

  function stop(): void {
    phase = 'over'
    stopTimer()
    unsubscribe()
  }
  return stop
}
