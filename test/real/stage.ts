import { onTestFinished } from 'vitest'

import { openFaultProxy } from '../fault-proxy.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import { startRelay } from '../relay-process.ts'
import type { RelayProcess } from '../relay-process.ts'
import { openStaticHost } from '../static-host.ts'
import type { HostedPage, StaticHost } from '../static-host.ts'
import { createAgents } from './agents.ts'
import type { Agents } from './agents.ts'

/**
 * Everything a journey needs, all of it real: a relay in a process of its own, a network in front
 * of it that can fail, and a shop on another origin that has the widget by its one script tag.
 *
 *   browser ──▶ shop (localhost)            the page
 *      └──────▶ network (127.0.0.1) ──▶ relay   script, engine, socket
 */
export interface Stage {
  readonly relay: RelayProcess
  readonly network: FaultProxy
  readonly shop: StaticHost
  readonly agents: Agents
  /** The script tag's address. */
  readonly script: string
}

export const SITE = 'pk_demo'

/** Put up for the running test, and taken down with it. */
export async function openStage(
  pages: (script: string, relay: string) => Readonly<Record<string, HostedPage>> = (script) => ({
    '/': shopPage(script),
  }),
  env: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const network = await openFaultProxy()
  onTestFinished(() => network.close())
  const relay = await startRelay({ env: { HOMING_PUBLIC_URL: network.origin, ...env } })
  onTestFinished(() => relay.stop())
  network.target(relay.port)
  const script = `${network.origin}/widget/${SITE}.js`
  const shop = await openStaticHost(pages(script, network.origin))
  onTestFinished(() => shop.close())
  const agents = createAgents(relay)
  await agents.allowOrigin(SITE, shop.origin)
  return { relay, network, shop, agents, script }
}

/** Set a connector up as the console does. */
export async function connect(relay: RelayProcess, id: string, connector: object): Promise<void> {
  const response = await fetch(`${relay.origin}/api/v1/connectors/${id}?site=${SITE}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${relay.apiKey}` },
    body: JSON.stringify(connector),
  })
  if (!response.ok) throw new Error(`${id}: ${response.status} ${await response.text()}`)
}

/** A way to go on elsewhere that needs nobody there. */
export const BUTTON = { type: 'whatsapp-link', settings: { number: '+49 170 1234567' } }

export function shopPage(script: string): HostedPage {
  return { head: `<script async src="${script}"></script>`, body: '<h1>A shop</h1>' }
}
