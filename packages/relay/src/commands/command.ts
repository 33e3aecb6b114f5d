import type { Config, Environment } from '../config.ts'
import { SYSTEM_CLOCK, systemRandomBytes } from '../clock.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { Store } from '../store/store.ts'

/** A word of the command line. Resolves with the exit code; rejects with what to tell. */
export type Command = (call: Call) => Promise<number>

export interface Call {
  /** What follows the command's own word. */
  readonly args: readonly string[]
  readonly environment: Environment
  readonly print: (text: string) => void
}

/** The command was typed wrong; the sentence says how. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

export function openStore({ data }: Pick<Config, 'data'>): Promise<Store> {
  return openSqliteStore({
    directory: data,
    now: () => SYSTEM_CLOCK.now(),
    randomBytes: systemRandomBytes,
  })
}
