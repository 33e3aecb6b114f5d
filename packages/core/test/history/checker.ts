import type { HistoryEvent } from './event.ts'
import { indexLog } from './final-log.ts'
import type { CreateRule, Rule, Violation } from './rule.ts'
import { acks } from './rules/acks.ts'
import { catchingUp } from './rules/catching-up.ts'
import { delivered } from './rules/delivered.ts'
import { deliveries } from './rules/deliveries.ts'
import { drafts } from './rules/drafts.ts'
import { inbound } from './rules/inbound.ts'
import { numbering } from './rules/numbering.ts'
import { order } from './rules/order.ts'
import { reading } from './rules/reading.ts'

/**
 * Does this history keep the promise, C1 to C12? One pass over the events in the order they
 * happened, after the final log was laid out for looking up: time and memory grow with the length
 * of the history. An empty answer says only that nothing in it breaks a rule; what a run did not
 * do, it does not show.
 */
export function checkHistory(history: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = []
  const log = indexLog(history)
  const create = (rule: CreateRule): Rule =>
    rule(log, (id, { t, who }, message, where = {}) =>
      violations.push({ rule: id, t, who, message, ...where }),
    )
  const rules = RULES.map(create)
  for (const event of history) for (const rule of rules) rule.see(event)
  for (const rule of rules) rule.end()
  return violations
}

const RULES: readonly CreateRule[] = [
  numbering,
  acks,
  order,
  reading,
  catchingUp,
  drafts,
  delivered,
  deliveries,
  inbound,
]

export function tellViolation(violation: Violation): string {
  const { rule, t, who, message, conversation, seq, draft } = violation
  const where = [
    conversation === undefined ? '' : `conversation ${conversation}`,
    seq === undefined ? '' : `seq ${seq}`,
    draft === undefined ? '' : `draft ${draft}`,
  ].filter((part) => part !== '')
  return `${rule} at ${t} ms, ${who}: ${message}${where.length > 0 ? ` (${where.join(', ')})` : ''}`
}
