import { openRawLink } from '../packages/relay/test/raw-link.ts'
import { helloOf } from './raw-poll.ts'
import { ORIGIN, newId, words } from './relay-api.ts'

/**
 * Somebody who means ill, in a process of his own, so that the work he makes for himself is not
 * mistaken for the relay's. Opens `sockets` from one address and opens each again that is refused
 * or closed; over those that are open he says something every `everyMs`. Reports each second.
 */
export interface FloodPlan {
  readonly relay: string
  readonly address: string
  readonly sockets: number
  /** 0: says hello and nothing more. */
  readonly everyMs: number
}

export interface FloodReport {
  readonly open: number
  readonly refused: number
}

const AGAIN_MS = 1_000

const plan = JSON.parse(process.argv[2] ?? '{}') as FloodPlan
let open = 0
let refused = 0

async function attack(): Promise<void> {
  const link = await openRawLink(plan.relay, ORIGIN, {}, plan.address)
  link.say(helloOf({ device: newId() }))
  await link.next('welcome')
  open++
  const conversation = newId()
  let n = 0
  const chatter = (): void => {
    const kind = n++ % 3
    if (kind === 0) link.say({ t: 'send', id: newId(), conversation, n, body: words(`flood ${n}`) })
    else if (kind === 1) link.say(JSON.stringify({ t: `unknown-${n}` }))
    else link.say({ t: 'ping' })
  }
  const timer = plan.everyMs > 0 ? setInterval(chatter, plan.everyMs) : undefined
  await link.closed
  clearInterval(timer)
  open--
}

async function attackForEver(): Promise<never> {
  for (;;) {
    await attack().catch(() => {
      refused++
    })
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (0.5 + Math.random())))
  }
}

for (let n = 0; n < plan.sockets; n++) setTimeout(() => void attackForEver(), n)
setInterval(() => {
  process.stdout.write(`${JSON.stringify({ open, refused } satisfies FloodReport)}\n`)
}, AGAIN_MS)
