import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { startRequestTracker } from '../../packages/relay/test/real-request-tracker.ts'
import type { RealRequestTracker } from '../../packages/relay/test/real-request-tracker.ts'
import { startRelay } from '../relay-process.ts'
import type { RelayProcess } from '../relay-process.ts'
import { createAgents } from './agents.ts'
import type { Agents } from './agents.ts'
import { SITE } from './stage.ts'

/**
 * The demo shop with a real helpdesk behind it: Request Tracker, and a relay in a process of its
 * own that knows it from a connectors' file, as an operator would write one.
 */
export interface Desk {
  readonly rt: RealRequestTracker
  readonly relay: RelayProcess
  readonly agents: Agents
  /** A figure of the relay's /metrics; 0 while it is not there. */
  figure(name: string): Promise<number>
}

const CONNECTOR = 'rt'
/** Of the RT that the tests start. */
const WORKERS = 3

/** Put up for the running test, and taken down with it. */
export async function openDesk(): Promise<Desk> {
  const rt = await startRequestTracker()
  onTestFinished(() => rt.stop())
  await warmUp(rt)
  const folder = await mkdtemp(join(tmpdir(), 'homing-desk-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const connectors = join(folder, 'connectors.json')
  await writeFile(connectors, JSON.stringify([entryOf(rt)]))
  const relay = await startRelay({
    port: rt.hookPort,
    env: {
      HOMING_CONNECTORS: connectors,
      HOMING_ALLOW_PRIVATE: '127.0.0.1',
      HOMING_PUBLIC_URL: `http://127.0.0.1:${rt.hookPort}`,
      RT_TOKEN: rt.relayToken,
      RT_SECRET: rt.secret,
    },
  })
  onTestFinished(() => relay.stop())
  const figure: Desk['figure'] = async (name) => {
    const text = await (await fetch(`${relay.origin}/metrics`)).text()
    const line = text.split('\n').find((each) => each.startsWith(`${name} `))
    return Number(line?.slice(name.length) ?? 0)
  }
  return { rt, relay, agents: createAgents(relay), figure }
}

/**
 * A mail of somebody who has nothing to do with us, as any helpdesk has many: RT compiles most of
 * itself at its first mail, and each of its workers does.
 */
async function warmUp({ url }: RealRequestTracker): Promise<void> {
  const gateway = `${url}/REST/1.0/NoAuth/mail-gateway`
  const message = 'From: else@customers.test\nTo: General@rt.test\nSubject: An invoice\n\nHello\n'
  const body = new URLSearchParams({ queue: 'General', action: 'correspond', message })
  const answers = Array.from({ length: WORKERS }, () => fetch(gateway, { method: 'POST', body }))
  for (const answer of await Promise.all(answers)) {
    const text = await answer.text()
    if (!text.startsWith('ok'))
      throw new Error(`The mail gateway answered ${answer.status} ${text}`)
  }
}

function entryOf({ url }: RealRequestTracker): unknown {
  return {
    id: CONNECTOR,
    site: SITE,
    type: 'request-tracker',
    settings: {
      url,
      token: 'env:RT_TOKEN',
      queue: 'General',
      rtname: 'rt.test',
      visitorDomain: 'visitors.test',
      webhookSecrets: ['env:RT_SECRET'],
    },
  }
}
