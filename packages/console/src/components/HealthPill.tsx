import type { ConnectorLine } from '../connector.ts'
import { healthOf } from '../connector.ts'
import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'

/** How a connector is, in a word. */
export function HealthPill(props: {
  readonly desk: Pick<Desk, 'when'>
  readonly line: ConnectorLine
}) {
  const health = healthOf(props.line)
  const text =
    health.state === 'broken'
      ? strings.broken
      : health.state === 'working'
        ? strings.working
        : health.until === null
          ? strings.held
          : fill(strings.heldUntil, { time: props.desk.when.until(health.until) })
  return (
    <span class="pill" data-health={health.state}>
      {text}
    </span>
  )
}

/** What is wrong with it, in sentences; empty: nothing. */
export function reasonsOf(line: ConnectorLine): readonly string[] {
  const health = healthOf(line)
  if (health.state === 'broken') return health.problems
  return health.state === 'held' ? [health.reason] : []
}
