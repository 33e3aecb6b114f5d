import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock, RandomBytes, Stop } from '@homing/core'
import { HomingError } from '@homing/core'
import ipaddr from 'ipaddr.js'

import type { ConsoleSession, Store } from '../store/store.ts'
import { createAttempts } from './attempts.ts'
import { createPasswordCheck } from './password.ts'
import { createSameOrigin, isLocal } from './same-origin.ts'

/**
 * Who sits at the console. Knows passwords, one-time links and session cookies, and nothing of
 * conversations. A secret is kept as its SHA-256 only and looked up by it, so neither the
 * database nor the time an answer takes tells anything of a valid one.
 */
export interface Identity {
  /**
   * The agent whose session cookie came with the request. Also for the socket's upgrade request.
   * A `use` keeps the session from ending; a `look`, which nobody asked for, does not.
   */
  agentOf(request: Request, why?: SessionAsk): Promise<Agent | undefined>
  /**
   * May this request change something with the cookie? Every state-changing route, and the
   * upgrade of an agent's socket, asks this besides `agentOf`.
   */
  fromOwnPage(request: Request): boolean
  /** Rejects `unauthorized` for a wrong password, `rate_limited` with `retryAfter`. */
  signIn(password: string, ip: string, request: Request): Promise<SignedIn>
  /** Trades a one-time link's token for a session. Rejects `unauthorized`: unknown, used or too old. */
  redeem(token: string, ip: string, request: Request): Promise<SignedIn>
  /** Ends the request's session, if it has one. The returned header removes the cookie. */
  signOut(request: Request): Promise<string>
  /** Told after a session was ended here: by a sign-out, or by the sign-in that took its place. */
  onSessionEnd(listener: () => void): Stop
  /** An address that signs in once, for LINK_TTL_MS; the one given before stops working. */
  issueOneTimeLink(): string
}

export type SessionAsk = 'use' | 'look'

export interface Agent {
  readonly id: string
  readonly name: string
}

export interface SignedIn {
  readonly agent: Agent
  /** The `Set-Cookie` header. */
  readonly cookie: string
}

export interface IdentityOptions {
  readonly store: Pick<Store, 'saveSession' | 'session' | 'dropSession'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly randomBytes: RandomBytes
  readonly publicUrl: string
  /** Absent: only one-time links sign in. */
  readonly ownerPassword?: string | undefined
  /** Who the owner is to visitors. */
  readonly owner?: Agent
}

/** A session nobody used for so long ends … */
export const SESSION_IDLE_MS = 12 * 60 * 60_000
/** … and so does the busiest one. */
export const SESSION_LIFE_MS = 30 * 24 * 60 * 60_000
/** A session in use is prolonged at most this often; it costs a write. */
const TOUCH_EVERY_MS = 5 * 60_000
export const LINK_TTL_MS = 15 * 60_000

/** Guesses of one address: at once, then one per … */
export const IP_BURST = 5
export const IP_EVERY_MS = 60_000
/** Guesses of all addresses together, against a crowd of them. */
export const ALL_BURST = 30
export const ALL_EVERY_MS = 5_000

const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/
/** Sign-outs remembered, so that a prolongation on its way cannot bring a session back. */
const MAX_ENDED = 1_000

const OWNER: Agent = { id: 'owner', name: 'Support' }

export function createIdentity(options: IdentityOptions): Identity {
  const { store, clock, randomBytes, owner = OWNER } = options
  const publicUrl = new URL(options.publicUrl)
  const cookies = createCookies(publicUrl)
  const sameOrigin = createSameOrigin(options.publicUrl)
  const password = createPasswordCheck(options.ownerPassword, randomBytes)
  const byIp = createAttempts({ clock, burst: IP_BURST, everyMs: IP_EVERY_MS })
  const overall = createAttempts({ clock, burst: ALL_BURST, everyMs: ALL_EVERY_MS })
  const ended = new Set<string>()
  const listeners = new Set<() => void>()
  let link: { readonly hash: Uint8Array; readonly expires: number } | undefined

  const begin = async (before: Request): Promise<SignedIn> => {
    await end(before)
    const token = newToken()
    const now = clock.now()
    await store.saveSession({
      tokenHash: sha256(token),
      agent: owner,
      created: now,
      expires: now + SESSION_IDLE_MS,
    })
    return { agent: owner, cookie: cookies.set(token) }
  }

  const end = async (request: Request): Promise<void> => {
    const token = cookies.read(request)
    if (token === undefined) return
    const hash = sha256(token)
    ended.add(keyOf(hash))
    if (ended.size > MAX_ENDED) {
      const oldest = ended.values().next()
      if (!oldest.done) ended.delete(oldest.value)
    }
    try {
      await store.dropSession(hash)
    } finally {
      // Also when the disk refuses: for this process it has ended.
      for (const tell of listeners) tell()
    }
  }

  /** Counts the guess, runs it, and gives it back when it was right. */
  const guarded = async (ip: string, check: () => Promise<boolean>): Promise<void> => {
    const network = networkOf(ip)
    const wait = byIp.take(network)
    if (wait > 0) throw tooMany(wait)
    const waitForAll = overall.take('')
    if (waitForAll > 0) {
      byIp.refund(network)
      throw tooMany(waitForAll)
    }
    if (!(await check())) throw refused()
    byIp.refund(network)
    overall.refund('')
  }

  const newToken = (): string => Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64url')

  const prolong = async (session: ConsoleSession, now: number): Promise<void> => {
    const expires = Math.min(now + SESSION_IDLE_MS, session.created + SESSION_LIFE_MS)
    if (expires - session.expires < TOUCH_EVERY_MS) return
    if (ended.has(keyOf(session.tokenHash))) return
    // Not worth failing a request for: the next one tries again.
    await store.saveSession({ ...session, expires }).catch(() => undefined)
  }

  return {
    async agentOf(request, why = 'use') {
      const token = cookies.read(request)
      if (token === undefined) return undefined
      const now = clock.now()
      const hash = sha256(token)
      const session = await store.session(hash, now)
      if (session === undefined || session.expires <= now || ended.has(keyOf(hash))) {
        return undefined
      }
      if (why === 'use') await prolong(session, now)
      return session.agent
    },

    fromOwnPage: (request) => sameOrigin(request.headers),

    async signIn(guess, ip, request) {
      requireSafeLine(publicUrl)
      await guarded(ip, () => password.matches(guess))
      return begin(request)
    },

    async redeem(token, ip, request) {
      requireSafeLine(publicUrl)
      await guarded(ip, async () => {
        const right =
          link !== undefined &&
          clock.now() < link.expires &&
          timingSafeEqual(sha256(token), link.hash)
        // Spent before the session is saved: two at once must not both get one.
        if (right) link = undefined
        return right
      })
      return begin(request)
    },

    async signOut(request) {
      await end(request)
      return cookies.clear()
    },

    onSessionEnd(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    issueOneTimeLink() {
      const token = newToken()
      link = { hash: sha256(token), expires: clock.now() + LINK_TTL_MS }
      // After the "#": it reaches no server, log, proxy or link preview.
      return new URL(`/console/link#${token}`, publicUrl).href
    },
  }
}

interface Cookies {
  read(request: Request): string | undefined
  set(token: string): string
  clear(): string
}

/**
 * `__Host-` ties the cookie to https and to this very host. Only a relay on one's own machine
 * goes without, as not every browser takes a Secure cookie from http://localhost.
 */
function createCookies(publicUrl: URL): Cookies {
  const local = isLocal(publicUrl)
  const name = local ? 'homing' : '__Host-homing'
  const flags = `Path=/; HttpOnly; SameSite=Strict${local ? '' : '; Secure'}`
  return {
    read(request) {
      for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
        const cut = pair.indexOf('=')
        if (pair.slice(0, cut).trim() !== name) continue
        const value = pair.slice(cut + 1).trim()
        return TOKEN.test(value) ? value : undefined
      }
      return undefined
    },
    set: (token) => `${name}=${token}; ${flags}; Max-Age=${SESSION_LIFE_MS / 1_000}`,
    clear: () => `${name}=; ${flags}; Max-Age=0`,
  }
}

function requireSafeLine(url: URL): void {
  if (url.protocol === 'https:' || isLocal(url)) return
  throw new HomingError(
    'bad_request',
    'The console signs in over https only. Set HOMING_PUBLIC_URL to the https address of this relay.',
  )
}

/** Whoever has one IPv6 address has the 2^64 beside it. */
function networkOf(ip: string): string {
  if (!ipaddr.IPv6.isValid(ip)) return ip
  return ipaddr.IPv6.parse(ip).parts.slice(0, 4).join(':')
}

function refused(): HomingError {
  return new HomingError('unauthorized', 'That did not match. Please try again.')
}

function tooMany(retryAfter: number): HomingError {
  return new HomingError('rate_limited', 'Too many tries. Please wait a moment.', { retryAfter })
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64url')
}
