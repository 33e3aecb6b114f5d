import { describe, expect, it } from 'vitest'

import { startFlood } from '../flood.ts'
import { EVIL } from '../raw-line.ts'
import { quantile } from '../samples.ts'
import { openBystander } from './bystander.ts'
import { openRelay } from './open-relay.ts'

describe('a thousand sockets of one address', () => {
  const ROUNDS = 3
  const PHASE_MS = 4_500
  const BYSTANDERS = 8
  /** Per visitor, so that nobody is slowed down. */
  const EVERY_MS = 1_100
  /** What other work on the machine does to a p95, at least, ms. */
  const NOISE_MS = 8
  const MOST = 1.2

  /**
   * Whoever floods shares the processors with the relay here, as he would not elsewhere. So the
   * measure is the same flood, on the same machine, against another relay that nobody else uses.
   */
  it.each([
    ['most are refused, the others say as much as they can', 'relay', 50],
    ['all are let in, and are quiet', 'wide', 0],
  ] as const)('hurt no bystander: %s', { timeout: 240_000 }, async (_, program, everyMs) => {
    const [{ relay }, { relay: decoy }] = [
      await openRelay({ program }),
      await openRelay({ program }),
    ]
    const bystanders = await Promise.all(
      Array.from({ length: BYSTANDERS }, (_, n) => openBystander(relay.origin, `127.0.1.${n + 1}`)),
    )
    const phase = async (): Promise<number> => {
      const times: number[] = []
      await Promise.all(
        bystanders.map(async (bystander, index) => {
          await sleep((index * EVERY_MS) / BYSTANDERS)
          for (let at = 0; at + EVERY_MS < PHASE_MS; at += EVERY_MS) {
            const took = await bystander.say('a word')
            times.push(took)
            await sleep(Math.max(0, EVERY_MS - took))
          }
        }),
      )
      return quantile(times, 0.95)
    }
    const during = async (origin: string): Promise<number> => {
      const flood = await startFlood({ relay: origin, address: EVIL, sockets: 1_000, everyMs })
      const p95 = await phase()
      const { open } = flood.report()
      if (program === 'relay') expect(open).toBeLessThanOrEqual(100)
      else expect(open).toBe(1_000)
      await flood.stop()
      await sleep(1_000)
      return p95
    }
    const quiet = await phase()
    const elsewhere: number[] = []
    const here: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      elsewhere.push(await during(decoy.origin))
      here.push(await during(relay.origin))
    }
    const [base, loaded] = [quantile(elsewhere, 0.5), quantile(here, 0.5)]
    const noise = Math.max(NOISE_MS, Math.max(...elsewhere) - Math.min(...elsewhere))
    const list = (values: readonly number[]): string => values.map((ms) => ms.toFixed(1)).join(', ')
    console.info(
      `p95 of a bystander's ack: ${quiet.toFixed(1)} ms in peace; ${list(elsewhere)} ms while another relay is flooded; ${list(here)} ms while this one is. Ratio of the medians ${(loaded / base).toFixed(2)}, noise ${noise.toFixed(1)} ms.`,
    )
    expect(loaded).toBeLessThanOrEqual(Math.max(base * MOST, base + noise))
    for (const { link } of bystanders) link.cut()
  })
})

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
