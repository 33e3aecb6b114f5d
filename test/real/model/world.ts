import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isStatus } from '../../../packages/core/src/index.ts'
import { checkHistory, tellViolation } from '../../../packages/core/test/history/checker.ts'
import type { HistoryEvent, LogEntry } from '../../../packages/core/test/history/event.ts'
import type { Recorder } from '../../../packages/core/test/history/recorder.ts'
import { createRecorder } from '../../../packages/core/test/history/recorder.ts'
import { seededRandom } from '../../../packages/core/test/seeded-random.ts'
import type { FaultProxy } from '../../fault-proxy.ts'
import { openFaultProxy } from '../../fault-proxy.ts'
import { homing } from '../../homing-command.ts'
import type { RelayApi } from '../../relay-api.ts'
import type { RelayProcess } from '../../relay-process.ts'
import { until } from '../../until.ts'
import { openWebhookSink } from '../../webhook-sink.ts'
import { seenOf, wordsOf } from '../../simulation/watch.ts'
import { HOOK, openRelayWithWebhooks } from '../open-relay.ts'
import type { Browser } from './browser.ts'
import { openBrowser } from './browser.ts'
import type { Desk } from './desk.ts'
import { createDesk } from './desk.ts'
import { createLines } from './lines.ts'
import type { Script } from './script.ts'
import { createScript } from './script.ts'

/**
 * Everything of a run, all of it real but the browsers' storage: a relay in a process of its own,
 * two browsers whose pages reach it through a network that fails, a script at the agents' API, and
 * a helpdesk behind signed webhooks both ways. Everybody writes down what they saw.
 */
export interface World {
  readonly browsers: readonly Browser[]
  readonly network: FaultProxy
  readonly script: Script
  readonly desk: Desk
  /** Words that nobody has said yet. */
  words(by: string): string
  kill9(): Promise<void>
  drain(): Promise<void>
  start(): Promise<void>
  backup(): Promise<void>
  /** The relay is killed, the backup put in place of its log, and it starts again. */
  restore(): Promise<void>
  /** Those who can send wait until nothing of theirs waits. */
  settle(): Promise<void>
  /** Everything heals; resolves when all agree. Not within the time promised: says so in the history. */
  heal(): Promise<void>
  /** The log as it is now, texts by conversation. */
  log(): Promise<ReadonlyMap<string, readonly string[]>>
  /** Hold what was seen against the promise. */
  problems(): readonly string[]
  readonly history: readonly HistoryEvent[]
  close(): Promise<void>
}

export const BROWSERS = ['browser 1', 'browser 2']
/** C7: every open reader is at the head this long after all has healed. */
const CAUGHT_UP_MS = 10_000
/** Nothing waits any more this long after: a draft behind a silent leader, a delivery put off. */
const QUIET_MS = 30_000

interface Conversation {
  readonly id: string
  readonly head: number
  readonly visitor: { readonly id: string }
}

export async function openWorld(seed: number): Promise<World> {
  const began = performance.now()
  const recorder: Recorder = createRecorder(() => Math.round(performance.now() - began))
  const faults: unknown[] = []
  const pressed = new Map<string, string>()
  const folder = await mkdtemp(join(tmpdir(), 'homing-model-'))
  const backup = join(folder, 'backup.sqlite')
  const sink = await openWebhookSink()
  const network = await openFaultProxy()
  const { relay, api } = await openRelayWithWebhooks(sink.url)
  network.target(relay.port)
  const desk = createDesk({ api, sink, recorder })
  const script = createScript({ api, recorder, pressed })
  const common = { recorder, pressed, faults, left: new Set<string>() }
  const lines = createLines(network.origin)
  const browsers = BROWSERS.map((name, at) =>
    openBrowser({ ...common, name, lines, random: seededRandom(seed + at) }),
  )
  let up = true
  let spoken = 0
  let lives = 0

  const conversations = async (): Promise<readonly Conversation[]> => {
    const { json } = await api.ask('GET', '/api/v1/conversations?limit=50')
    return (json as { readonly conversations: readonly Conversation[] }).conversations
  }

  const start = async (): Promise<void> => {
    if (!up) await relay.restart()
    up = true
  }
  const end = async (how: (relay: RelayProcess) => Promise<void>): Promise<void> => {
    if (up) await how(relay)
    up = false
  }
  const quiet = (): boolean =>
    script.waiting() + desk.waiting() === 0 && browsers.every((browser) => browser.quiet())

  /** Everybody has read all that there is. */
  const caughtUp = async (): Promise<boolean> => {
    if (!quiet() || !(await script.readAll())) return false
    return (await conversations()).every(
      ({ id, head, visitor }) =>
        script.place(id)?.seq === head &&
        browsers.every((browser) => browser.isAt(visitor.id, id, script.place(id))),
    )
  }

  /** Everything that a far side is owed has left. */
  const allTold = async (): Promise<boolean> =>
    (await logsOf(api, await conversations())).every(({ entries }) =>
      entries.every(({ id, sinks }) => sinks.length === 0 || desk.told(id)),
    )

  async function logsOf(from: RelayApi, all: readonly Conversation[]) {
    return Promise.all(
      all.map(async ({ id, visitor }) => {
        const entries = (await from.log(id)).map((entry): LogEntry => {
          const stays = desk.made(entry.id) || isStatus(entry.body)
          return { ...seenOf(entry), role: entry.author.role, sinks: stays ? [] : [HOOK] }
        })
        return { id, party: visitor.id, entries }
      }),
    )
  }

  return {
    browsers,
    network,
    script,
    desk,
    history: recorder.events,
    words: (by) => `${by} says ${++spoken}`,
    kill9: () => end((running) => running.kill9()),
    drain: () => end((running) => running.terminate()),
    start,
    backup: async () => {
      await rm(backup, { force: true })
      await homing(relay, 'backup', backup)
    },
    restore: async () => {
      await end((running) => running.kill9())
      // What was answered in the life that ends now is written down before its end is.
      await Promise.all([script.settled(), desk.settled()])
      script.forget()
      desk.forget()
      recorder.note('run', { op: 'restored', epoch: `after ${++lives}` })
      await homing(relay, 'restore', backup)
      await start()
    },
    settle: async () => {
      for (const browser of browsers) browser.wake()
      await until('nothing waits that could be sent', quiet, QUIET_MS)
      await script.readAll()
    },
    heal: async () => {
      await start()
      await network.pass()
      desk.refuse(0)
      for (const browser of browsers) {
        browser.thaw()
        if (browser.tabs.length === 0) browser.open()
        browser.wake()
      }
      // Who has not is named by the checker, for this look.
      await until('all have caught up', caughtUp, CAUGHT_UP_MS).catch(() => {})
      recorder.note('run', { op: 'look' })
      await until('all have caught up', caughtUp, QUIET_MS)
      await until('everything has left for the far side', allTold, QUIET_MS)
      recorder.note('run', { op: 'end', quiet: true })
      for (const { id, party, entries } of await logsOf(api, await conversations())) {
        const epoch = script.place(id)?.epoch ?? ''
        recorder.note('log', { op: 'log', conversation: id, epoch, party, entries })
      }
    },
    log: async () => {
      const all = await conversations()
      const logs = await Promise.all(all.map(({ id }) => api.log(id)))
      return new Map(all.map(({ id }, at) => [id, logs[at]!.map(({ body }) => wordsOf(body))]))
    },
    problems: () => [
      ...checkHistory(recorder.events).map(tellViolation),
      ...[...faults, ...browsers.flatMap((browser) => browser.faults())].map(
        (fault) => `something that must not happen happened: ${String(fault)}`,
      ),
    ],
    close: async () => {
      script.stop()
      desk.stop()
      for (const browser of browsers) browser.close()
      await relay.stop()
      await network.close()
      sink.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
