import type { HistoryEvent } from '../../packages/core/test/history/event.ts'
import { checkHistory } from '../../packages/core/test/history/checker.ts'
import { createRecorder } from '../../packages/core/test/history/recorder.ts'
import type { Violation } from '../../packages/core/test/history/rule.ts'
import { createCounts } from './counts.ts'
import type { Naive } from './naive.ts'
import type { Plan } from './plan.ts'
import { isFault } from './plan.ts'
import type { Stage } from './stage.ts'
import { createStage } from './stage.ts'
import type { World } from './world.ts'
import { createWorld } from './world.ts'

/** What came of a run. */
export interface Outcome {
  readonly violations: readonly Violation[]
  readonly history: readonly HistoryEvent[]
  readonly counts: Readonly<Record<string, number>>
  /** Virtual time that passed, ms. */
  readonly ms: number
}

/** C7: every open reader is at the head so long after the network is back … */
const CAUGHT_UP_MS = 10_000
/** … where pages are told of it. Where they are not, a dead line is noticed by its silence. */
const NOTICED_MS = 60_000
/** Then nothing may wait any more. A held connector is asked again within this. */
const QUIET_MS = 30_000

/** … unless a visitor has written more than may leave at once: then it ends later, by this at most. */
const FLOWING_MS = 60_000
/** Longer than whoever wrote much waits from one word to the next. */
const STUCK_MS = 3_000

/** Longest time a reader that asks takes for a round of questions. */
const ASKING_MS = 900
const ROUNDS = 2

/** Live through a plan, let everything heal, and hold what was seen against the promise. */
export async function runPlan(plan: Plan, naive?: Naive): Promise<Outcome> {
  const world = createWorld(plan.seed)
  const recorder = createRecorder(() => world.now())
  const counts = createCounts()
  const uncaught = (error: unknown): void => void world.faults.push(error)
  process.on('unhandledRejection', uncaught)
  try {
    const stage = await createStage({ world, plan, recorder, counts, naive })
    const lookAfter = async (ms: number): Promise<void> => {
      await world.advance(ms - ASKING_MS * ROUNDS)
      for (let round = 0; round < ROUNDS; round++) {
        stage.expectLook()
        await world.advance(ASKING_MS)
      }
      recorder.note('run', { op: 'look' })
    }
    for (const act of plan.acts) {
      await world.advance(act.at - world.now())
      if (isFault(act.kind)) counts.add(act.kind)
      stage.act(act)
    }
    await world.advance(plan.length - world.now())
    stage.heal()
    await lookAfter(plan.told ? CAUGHT_UP_MS : NOTICED_MS)
    stage.wakeAll()
    await lookAfter(QUIET_MS)
    if (await flow(stage, world)) await lookAfter(QUIET_MS)
    await stage.end()
    const history = recorder.events
    const faults = [...world.faults, ...stage.faults()].map((fault): Violation => ({
      rule: 'C8',
      t: world.now(),
      who: 'run',
      message: tellFault(fault),
    }))
    counts.add('messages', stage.messages())
    counts.add('steps', world.steps())
    return {
      violations: [...checkHistory(history), ...faults],
      history,
      counts: counts.all,
      ms: world.now(),
    }
  } finally {
    process.off('unhandledRejection', uncaught)
  }
}

/** Let through, or refused, one after the other, while any goes on. False: none waits or moves. */
async function flow(stage: Stage, world: World): Promise<boolean> {
  let moved = false
  let waiting = stage.waiting()
  for (let ms = 0; waiting > 0 && ms < FLOWING_MS; ms += STUCK_MS) {
    await world.advance(STUCK_MS)
    const left = stage.waiting()
    if (left >= waiting) break
    waiting = left
    moved = true
  }
  return moved
}

function tellFault(fault: unknown): string {
  return `something that must not happen happened: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`
}
