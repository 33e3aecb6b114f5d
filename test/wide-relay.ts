import { parseConfig } from '../packages/relay/src/config.ts'
import type { RelayLimits } from '../packages/relay/src/limits/limits.ts'
import { createRelay } from '../packages/relay/src/relay.ts'

/**
 * The relay as `homing serve` runs it, but for its limits: tests send from one address what a
 * thousand visitors would. Limits are no setting of an operator, so they come in by the code.
 */
const FREE = { burst: 1_000_000, everyMs: 0.01 }
const LIMITS: RelayLimits = {
  linksPerIp: 10_000,
  hello: FREE,
  visitorSend: FREE,
  agentSend: FREE,
  siteSend: FREE,
  frame: FREE,
  addressFrame: FREE,
  handOver: FREE,
  followUp: FREE,
  mailLink: FREE,
  api: FREE,
}

const relay = await createRelay(parseConfig(process.env), { limits: LIMITS })
await relay.listen()
process.once('SIGTERM', () => void relay.close())
