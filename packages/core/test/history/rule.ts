import type { HistoryEvent } from './event.ts'
import type { FinalLog } from './final-log.ts'

export type RuleId =
  | 'C1'
  | 'C2'
  | 'C3'
  | 'C4'
  | 'C5'
  | 'C6'
  | 'C7'
  | 'C8'
  | 'C9'
  | 'C10'
  | 'C11'
  | 'C12'

export const RULE_IDS: readonly RuleId[] = [
  'C1',
  'C2',
  'C3',
  'C4',
  'C5',
  'C6',
  'C7',
  'C8',
  'C9',
  'C10',
  'C11',
  'C12',
]

/** One line of the promise that was broken, and where. */
export interface Violation {
  readonly rule: RuleId
  readonly t: number
  readonly who: string
  readonly message: string
  readonly conversation?: string
  readonly seq?: number
  readonly draft?: string
}

export type Flag = (
  rule: RuleId,
  event: Pick<HistoryEvent, 't' | 'who'>,
  message: string,
  where?: Pick<Violation, 'conversation' | 'seq' | 'draft'>,
) => void

/** Looks at each event once, in order. What it keeps is at most as large as the history. */
export interface Rule {
  see(event: HistoryEvent): void
  /** After the last event. */
  end(): void
}

export type CreateRule = (log: FinalLog, flag: Flag) => Rule
