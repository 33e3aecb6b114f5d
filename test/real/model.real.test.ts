import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { it } from 'vitest'

import { anyCommand } from './model/commands.ts'
import { createModel, problemsOf } from './model/model.ts'
import { HOOK } from './open-relay.ts'
import type { World } from './model/world.ts'
import { BROWSERS, openWorld } from './model/world.ts'

/** More of them, and others, for a longer look: HOMING_TEST_RUNS=200 HOMING_TEST_SEED=random. */
const RUNS = Number(process.env['HOMING_TEST_RUNS'] ?? 9)
const SEED = process.env['HOMING_TEST_SEED'] ?? '42'
/** As a failure told them, to begin there. */
const PATH = process.env['HOMING_TEST_PATH']
const REPLAY = process.env['HOMING_TEST_REPLAY']
/** Drawn, at most; those that make no sense when it is their turn are left out. */
const MOST_COMMANDS = 60
/** A run starts a process or several; where others use the machine too it takes this long, ms. */
const RUN_MS = 9_000
/** What happened so often is told in the end. */
const COUNTED: readonly string[] = ['submit', 'ack', 'attempt', 'inbound', 'read', 'sleep']
/** A failure is made smaller for this long, ms. */
const SHRINKING_MS = 60_000
/** The run that is on when that time is over is waited for; each of its waits is bounded, ms. */
const LAST_RUN_MS = 120_000

it(
  'C1–C12: whatever people, browsers, network, relay and operator do, all is there once, in order, and everywhere',
  { timeout: RUNS * RUN_MS + SHRINKING_MS + LAST_RUN_MS, retry: 0 },
  async () => {
    const counts = new Map<string, number>()
    /** What fast-check leaves behind when its time is over. */
    let running: Promise<void> = Promise.resolve()
    const property = fc.asyncProperty(
      fc.noShrink(fc.nat()),
      fc.commands([anyCommand], {
        maxCommands: MOST_COMMANDS,
        size: 'max',
        ...(REPLAY === undefined ? {} : { replayPath: REPLAY }),
      }),
      (seed, commands) => (running = live(seed, commands, counts)),
    )
    const began = performance.now()
    try {
      await fc.assert(property, {
        numRuns: RUNS,
        plugins: [
          fc.interruptAfterTimeLimit(RUNS * RUN_MS + SHRINKING_MS, { failOnInterrupt: true }),
        ],
        ...(SEED === 'random' ? {} : { seed: Number(SEED) }),
        ...(PATH === undefined ? {} : { path: PATH }),
      })
    } finally {
      await running.catch(() => {})
    }
    const took = ((performance.now() - began) / 1_000).toFixed(1)
    const told = [...counts].map(([name, count]) => `${name} ${count}`).join(' · ')
    console.info(`${RUNS} runs from seed ${SEED} in ${took} s: ${told}`)
  },
)

type Commands = Parameters<typeof fc.asyncModelRun<ModelOf, World, false, ModelOf>>[1]
type ModelOf = ReturnType<typeof createModel>

/** One run: the commands, then everything heals, and all has to be as the model and the promise say. */
async function live(seed: number, commands: Commands, counts: Map<string, number>): Promise<void> {
  const world = await openWorld(seed)
  const model = createModel(BROWSERS)
  try {
    for (const [at, browser] of world.browsers.entries()) {
      browser.open()
      model.browsers[at]?.tabs.push('awake')
    }
    await fc.asyncModelRun(() => ({ model, real: world }), commands)
    await world.heal()
    const problems = [
      ...world.problems(),
      ...problemsOf(model, await world.log(), (by) => by !== HOOK),
    ]
    if (problems.length > 0) throw new Error(problems.join('\n'))
  } catch (error) {
    throw new Error(`${String(error)}\nThe history is in ${await keep(world)}`, { cause: error })
  } finally {
    await world.close()
  }
  const count = (name: string, times = 1): void =>
    void counts.set(name, (counts.get(name) ?? 0) + times)
  count('commands', model.commands)
  count('restored', model.restores)
  for (const { op } of world.history) if (COUNTED.includes(op)) count(op)
}

async function keep({ history }: World): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'homing-history-')), 'history.jsonl')
  await writeFile(file, history.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return file
}
