import type { Config } from '../config.ts'
import { parseConfig } from '../config.ts'
import { unknownSites } from '../connectors/configure.ts'
import type { Relay } from '../relay.ts'
import { createRelay } from '../relay.ts'
import type { Command } from './command.ts'

/** Run until SIGTERM or SIGINT, then drain. A second signal ends at once. */
export const runServe: Command = async ({ environment, print }) => {
  const config = parseConfig(environment)
  const relay = await createRelay(config)
  try {
    const { url } = await relay.listen()
    for (const line of await welcome(relay, config, url)) print(line)
    await signal()
    print('Draining.')
  } finally {
    await relay.close()
  }
  return 0
}

async function welcome(relay: Relay, config: Config, url: string): Promise<readonly string[]> {
  const sites = (await relay.sites.all()).map((site) => site.key)
  const lines = [`The relay answers at ${url}`, `Console: ${url}/console`]
  if (config.ownerPassword === undefined) {
    lines.push(`Sign in once, within 15 minutes: ${relay.signInLink()}`)
  }
  if (sites.length === 0) {
    lines.push('There is no site yet. Add one: homing site add pk_… --name … --origin …')
  }
  for (const problem of unknownSites(config.connectors, sites)) lines.push(`Problem: ${problem}.`)
  return lines
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      // Once: the second one finds no listener and ends the process as it would any other.
      process.once(name, () => resolve())
    }
  })
}
