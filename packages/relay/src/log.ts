import { HomingError } from '@homing/core'

/**
 * One JSON line per record. What can be logged is the closed set of fields below: ids, codes and
 * numbers. There is no field for a text, an e-mail, an address or a token, so none can slip in;
 * `event` is a constant of the code, never put together from data.
 *
 * `error`: somebody has to act. `info`: the operator wants to know. `debug`: for a developer.
 */
export interface Log {
  error(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
}

export type LogLevel = 'error' | 'info' | 'debug'

export interface LogFields {
  readonly site?: string | undefined
  readonly visitor?: string | undefined
  readonly conversation?: string | undefined
  readonly seq?: number | undefined
  readonly session?: string | undefined
  readonly connector?: string | undefined
  readonly delivery?: string | undefined
  readonly code?: string | undefined
  readonly reason?: Reason | undefined
  readonly status?: number | undefined
  readonly attempts?: number | undefined
  readonly count?: number | undefined
  readonly ms?: number | undefined
  readonly port?: number | undefined
  /** Told by its name, code and place; its message only where that cannot hold foreign words. */
  readonly cause?: unknown
}

/** A word for why, again one of a closed set. */
export type Reason =
  | 'slow-reader'
  | 'silent'
  | 'no-hello'
  | 'drain'
  | 'lease-lost'
  | 'parked'
  | 'retry'
  | 'wait'
  | 'unknown'
  | 'held'

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, info: 1, debug: 2 }

/** Stack lines kept of an unexpected error. */
const MAX_STACK_LINES = 6

export interface LogOptions {
  readonly level: LogLevel
  readonly now: () => number
  readonly write: (line: string) => void
}

export function createLog({ level, now, write }: LogOptions): Log {
  const record = (at: LogLevel) => (event: string, fields?: LogFields) => {
    if (RANK[at] > RANK[level]) return
    const { cause, ...rest } = fields ?? {}
    const time = new Date(now()).toISOString()
    const told = cause === undefined ? {} : { cause: tellCause(cause) }
    write(`${JSON.stringify({ time, level: at, event, ...rest, ...told })}\n`)
  }
  return { error: record('error'), info: record('info'), debug: record('debug') }
}

export const SILENT_LOG: Log = { error() {}, info() {}, debug() {} }

/**
 * A message of our own error class holds no foreign words by rule. Any other may quote its input
 * (JSON.parse does), so it is left out and the stack's places tell where to look.
 */
function tellCause(cause: unknown): Readonly<Record<string, unknown>> {
  if (cause instanceof HomingError) {
    return {
      name: cause.name,
      code: cause.code,
      message: cause.message,
      ...(cause.cause === undefined ? {} : { cause: tellCause(cause.cause) }),
    }
  }
  if (!(cause instanceof Error)) return { name: typeof cause }
  const code: unknown = Reflect.get(cause, 'code')
  return {
    name: cause.name,
    ...(typeof code === 'string' ? { code } : {}),
    stack: placesOf(cause).slice(0, MAX_STACK_LINES),
  }
}

/** A stack begins with the message, and a line of a foreign message can look like a place. */
function placesOf({ stack = '', message }: Error): readonly string[] {
  const from = stack.indexOf(message)
  const places = from < 0 ? '' : stack.slice(from + message.length)
  return places
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
}
