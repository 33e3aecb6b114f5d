import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Author, Entry } from '@homing/core'
import { isText } from '@homing/core'
import type { ConnectorIo, Fact, Outbound } from '../src/connectors/connector.ts'
import { SendError } from '../src/connectors/connector.ts'
import type { HookAnswer } from '../src/inbound/inbound.ts'
import type { Receipt } from '../src/store/store.ts'
import { SITE, startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts, PartsOptions } from './delivery-parts.ts'
import type { FarSide } from './far-side.ts'
import { createManualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'

/** Real parts between a real log and far sides in the test's hands; time passes when it is told to. */
export interface FarRig {
  readonly clock: ManualClock
  /** Those of now: another one after `restart`. */
  parts(): DeliveryParts
  /** Stop and start again on the same log. */
  restart(): Promise<void>
  close(): Promise<void>
  /** Facts as the far side's webhook brings them, in its order. */
  receive(hook: string, ...facts: readonly Fact[]): Promise<HookAnswer>
  /** Let the time pass, in small steps, until it is so. */
  passing<Value>(what: string, look: Look<Value>, stepMs?: number): Promise<Value>
  /** Let so much time pass, with everything that falls due on the way. */
  pass(ms: number, stepMs?: number): Promise<void>
  /** Nothing is under way, and nothing due. */
  quiet(): Promise<void>
  parked(): Promise<readonly { readonly seq: number; readonly reason: string }[]>
}

type Look<Value> = () => Value | undefined | false | Promise<Value | undefined | false>

const PATIENCE_MS = 5_000

export async function openFarRig(
  connectors: readonly FarSide[],
  options: Pick<PartsOptions, 'online' | 'page'> = {},
): Promise<FarRig> {
  const clock = createManualClock()
  const directory = await mkdtemp(join(tmpdir(), 'homing-far-'))
  const start = () => startDeliveryParts({ connectors, clock, directory, ...options })
  let parts = await start()

  const passing: FarRig['passing'] = (what, look, stepMs = 500) =>
    until(
      what,
      async () => {
        const found = await look()
        if (found === undefined || found === false) clock.advance(stepMs)
        return found
      },
      PATIENCE_MS,
    )

  const quiet = async (): Promise<void> => {
    await until(
      'nothing is under way',
      async () => {
        // Its own timers look a little later, when something falls due soon.
        parts.deliveries.nudge()
        // Asked together they are answered of one moment: between two looks one delivery may end and
        // the next one be claimed.
        const [due, { deliveries }] = await Promise.all([
          parts.store.nextDue(),
          parts.store.figures(),
        ])
        if (deliveries.claimed > 0) return undefined
        return due === undefined || due > clock.now() || undefined
      },
      PATIENCE_MS,
    )
  }

  return {
    clock,
    parts: () => parts,
    async restart() {
      await parts.stop()
      parts = await start()
    },
    async close() {
      await parts.stop()
      await rm(directory, { recursive: true, force: true })
    },
    receive: (hook, ...facts) => parts.inbound.receive(hook, webhookOf(facts)),
    passing,
    async pass(ms, stepMs = ms) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs)
        await quiet()
      }
    },
    quiet,
    parked: async () =>
      (await parts.store.parked(SITE)).map(({ seq, reason }) => ({ seq, reason })),
  }
}

function webhookOf(facts: readonly Fact[]) {
  const body = new TextEncoder().encode(JSON.stringify(facts))
  return { method: 'POST', headers: { signed: 'yes' }, url: '/v1/hooks/far', body } as const
}

export const MIA: Author = { role: 'agent', id: 'mia', name: 'Mia' }
export const PERSON: Author = { role: 'visitor', id: 'far-person' }

/** A message on the far side; its event is its id. */
export function message(
  event: string,
  where: Fact['where'],
  words: string,
  changes: Partial<Extract<Fact, { readonly kind: 'message' }>> = {},
): Fact {
  return {
    kind: 'message',
    event,
    where,
    externalId: event,
    author: MIA,
    body: { type: 'text', text: words },
    echo: false,
    ...changes,
  }
}

export const fails = (failure: SendError['failure'], retryAfter?: number) => (): never => {
  const options = retryAfter === undefined ? {} : { retryAfter }
  throw new SendError(failure, `the far side says ${failure}`, options)
}

/** Ends when it is cut off. */
export const hangs = (_outbound: Outbound, { signal }: ConnectorIo): Promise<Receipt> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new SendError('unknown', 'no answer in time')))
  })

export function words(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ body }) => (isText(body) ? body.text : body.type))
}
