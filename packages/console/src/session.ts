import { HomingError } from '@homing/core'
import type { ReadonlySignal } from '@preact/signals'
import { signal } from '@preact/signals'

import type { Api, Me } from './api.ts'
import { fill, strings } from './strings.ts'

/**
 *   checking ──▶ out ◀─────────── in
 *      │          │  sign-in  ▲   (sign-out, or the relay says 401)
 *      └─▶ link ──┴───────────┘
 */
export type SessionState =
  | { readonly state: 'checking' }
  /** The relay did not answer; ask again. */
  | { readonly state: 'unreachable' }
  | { readonly state: 'out'; readonly busy: boolean; readonly problem: string | null }
  /** Came by a one-time link; it is spent by a click, not by being looked at. */
  | { readonly state: 'link'; readonly busy: boolean; readonly problem: string | null }
  | { readonly state: 'in'; readonly me: Me }

export interface Session {
  readonly now: ReadonlySignal<SessionState>
  check(): Promise<void>
  signIn(password: string): Promise<void>
  useLink(): Promise<void>
  /** From the link's page to the password. */
  usePassword(): void
  /** Rejects when the relay could not be told. */
  signOut(): Promise<void>
  /** The relay no longer knows us. */
  ended(): void
}

export function createSession(options: {
  readonly api: Pick<Api, 'me' | 'signIn' | 'redeem' | 'signOut'>
  /** The one-time link's token, when the page was opened by one. */
  readonly token: string | null
  /** Takes the token out of the address. */
  readonly forgetToken: () => void
}): Session {
  const { api } = options
  const now = signal<SessionState>({ state: 'checking' })
  let token = options.token

  const enter = async (): Promise<void> => {
    const me = await api.me()
    now.value = me ? { state: 'in', me } : { state: 'out', busy: false, problem: null }
  }

  const dropToken = (): void => {
    token = null
    options.forgetToken()
  }

  const sentence = (error: unknown, refused: string): string => {
    if (!(error instanceof HomingError)) return strings.unreachable
    if (error.code === 'unauthorized') return refused
    if (error.code === 'rate_limited' && error.retryAfter !== undefined) {
      return fill(strings.waitSeconds, { count: Math.ceil(error.retryAfter / 1_000) })
    }
    return error.code === 'unavailable' ? strings.unreachable : error.message
  }

  return {
    now,
    async check() {
      if (token !== null) {
        now.value = { state: 'link', busy: false, problem: null }
        return
      }
      now.value = { state: 'checking' }
      await enter().catch(() => {
        now.value = { state: 'unreachable' }
      })
    },
    async signIn(password) {
      now.value = { state: 'out', busy: true, problem: null }
      try {
        await api.signIn(password)
        await enter()
      } catch (error) {
        now.value = { state: 'out', busy: false, problem: sentence(error, strings.wrongPassword) }
      }
    },
    async useLink() {
      if (token === null) return
      now.value = { state: 'link', busy: true, problem: null }
      try {
        await api.redeem(token)
        dropToken()
        await enter()
      } catch (error) {
        now.value = { state: 'link', busy: false, problem: sentence(error, strings.linkSpent) }
      }
    },
    usePassword() {
      dropToken()
      now.value = { state: 'out', busy: false, problem: null }
    },
    async signOut() {
      // Not pretended: while the relay has not heard it, the session is alive.
      await api.signOut()
      now.value = { state: 'out', busy: false, problem: null }
    },
    ended() {
      if (now.value.state === 'in') {
        now.value = { state: 'out', busy: false, problem: strings.sessionEnded }
      }
    },
  }
}
