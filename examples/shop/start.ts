import { HomingError } from '@homing/core'
import { createRelay } from '@homing/relay'
import { ConfigError, parseConfig } from '@homing/relay/config'

import { DEMO_SITE, demoSite } from './demo-site.ts'
import { mountShop } from './shop.ts'

/** The relay with a shop in front of it, on one port. */
async function start(): Promise<void> {
  // The demo says itself what matters; HOMING_LOG_LEVEL=info adds the relay's own log.
  const config = parseConfig({
    ...process.env,
    HOMING_LOG_LEVEL: process.env['HOMING_LOG_LEVEL'] || 'error',
  })
  let address = ''
  const relay = await createRelay(config, { mount: (app) => mountShop(app, () => address) })
  const { url, port } = await relay.listen()
  address = url

  const origins = [url, `http://localhost:${port}`, `http://127.0.0.1:${port}`]
  const site = demoSite(await relay.sites.get(DEMO_SITE), origins)
  if (site) await relay.sites.save(site)

  const stop = (): void => {
    relay.close().then(() => process.exit(0), fail)
  }
  // Once: who asks a second time does not want to wait.
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)

  say([
    ['Shop', `${url}/shop/`],
    ['Console', `${url}/console`],
    config.ownerPassword === undefined
      ? ['Sign in', `${relay.signInLink()}  (works once)`]
      : ['Sign in', 'with your HOMING_OWNER_PASSWORD'],
  ])
}

function say(lines: readonly (readonly [string, string])[]): void {
  const text = lines.map(([name, value]) => `  ${name.padEnd(9)}${value}\n`).join('')
  process.stdout.write(`\nHoming is running. Stop it with Ctrl-C.\n\n${text}\n`)
}

function fail(error: unknown): never {
  process.stderr.write(`${reasonOf(error)}\n`)
  process.exit(1)
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['Homing cannot start:', ...error.problems.map((problem) => `  ${problem}`)].join('\n')
  }
  if (error instanceof HomingError) return error.message
  if (!(error instanceof Error)) return String(error)
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number }
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken, perhaps by a Homing that runs already. Stop it, or choose another port with HOMING_PORT.`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `Port ${port} may not be used by this user. Choose one above 1023 with HOMING_PORT.`
  }
  return error.stack ?? error.message
}

start().catch(fail)
