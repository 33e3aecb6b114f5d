/** Connectors, as the relay's API tells of them. */

export type Role = 'desk' | 'reach'
/** What one can be set up as. */
export type RoleChoice = Role | 'both'

/** A far side that can be set up, and what it asks for. */
export interface ConnectorType {
  readonly name: string
  readonly roles: readonly Role[]
  /** As a desk it is one line to one person's own messenger, on which all conversations meet. */
  readonly line: boolean
  readonly webhooks: boolean
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly help: string
  readonly kind: 'text' | 'url' | 'secret' | 'flag' | 'choice' | 'texts'
  readonly choices?: readonly string[]
  /** A flag that is on when nothing is said. */
  readonly on?: boolean
  readonly required: boolean
}

/** One that is set up, and how it is. */
export interface ConnectorLine {
  readonly id: string
  readonly type: string
  /** `file`: the operator's; it is changed there. */
  readonly from: 'file' | 'console'
  /** Empty while it cannot be used. */
  readonly roles: readonly Role[]
  /** Without secrets. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Names of the secrets that are set. */
  readonly secrets: readonly string[]
  /** Why it is not at work. */
  readonly problems: readonly string[]
  readonly webhook: string
  /** Deliveries that it refused and that wait for a person. */
  readonly parked: number
  readonly hold?: { readonly until: number; readonly reason: string }
}

export interface Finding {
  readonly level: 'ok' | 'problem'
  readonly message: string
}

/** How a connector is; the worst first. */
export type Health =
  | { readonly state: 'broken'; readonly problems: readonly string[] }
  /** `until` null: until something it refused is replayed. */
  | { readonly state: 'held'; readonly until: number | null; readonly reason: string }
  | { readonly state: 'working' }

export function healthOf({ problems, hold }: ConnectorLine): Health {
  if (problems.length > 0) return { state: 'broken', problems }
  if (!hold) return { state: 'working' }
  const until = hold.until >= Number.MAX_SAFE_INTEGER ? null : hold.until
  return { state: 'held', until, reason: hold.reason }
}

export function roleOf(roles: readonly Role[]): RoleChoice | undefined {
  return roles.length > 1 ? 'both' : roles[0]
}

/** The entry that a delivery's connector belongs to: the reach of one that is both has a suffix. */
export function entryOf(connector: string): string {
  return connector.replace(/~reach$/, '')
}
