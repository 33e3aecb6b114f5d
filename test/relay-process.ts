import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { endWithUs, stopChild } from './child.ts'

/** A relay as a real process of its own, with a log of its own on disk. */
export interface RelayProcess {
  /** Where it listens, e.g. "http://127.0.0.1:40123"; the same after a restart. */
  readonly origin: string
  readonly port: number
  readonly pid: number
  /** Directory of its log. */
  readonly data: string
  /** What the agents' API takes as bearer. */
  readonly apiKey: string
  /** Everything it has written so far, through all restarts. */
  output(): string
  /** End it as a crash does: at once, nothing flushed, nothing said. */
  kill9(): Promise<void>
  /** SIGTERM, and wait for its drain. */
  terminate(): Promise<void>
  /** Start it again on the same port and the same data. */
  restart(): Promise<void>
  /** End it and remove its data; may be called twice. */
  stop(): Promise<void>
}

export interface RelayOptions {
  /**
   * `shop`: with the demo shop and its site pk_demo. `relay`: the relay alone. `wide`: the relay
   * alone, without limits on how much one address may send.
   */
  readonly program?: 'shop' | 'relay' | 'wide'
  readonly env?: Readonly<Record<string, string>>
  /** Where somebody expects it; any free one when absent. */
  readonly port?: number
}

const ROOT = join(import.meta.dirname, '..')
/** Node itself, no wrapper in between, so that the pid is the relay's. */
const NODE = join(ROOT, 'node_modules/.bin/node')
const PROGRAMS = {
  shop: ['examples/shop/start.ts'],
  relay: ['packages/relay/src/main.ts', 'serve'],
  wide: ['test/wide-relay.ts'],
}
/** The last thing each says before it can be used: the shop has a site to write after it listens. */
const READY = { shop: 'Homing is running', relay: '"listening"', wide: '"listening"' }
const START_TIMEOUT_MS = 20_000

export const API_KEY = 'an-api-key-of-the-tests-0123456789'
export const OWNER_PASSWORD = 'a-password-of-the-tests'

export async function startRelay(options: RelayOptions = {}): Promise<RelayProcess> {
  const data = await mkdtemp(join(tmpdir(), 'homing-relay-'))
  const program = options.program ?? 'shop'
  let output = ''
  let child: ChildProcess
  let port = options.port ?? 0

  const start = async (): Promise<void> => {
    const from = output.length
    child = spawn(NODE, PROGRAMS[program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HOMING_HOST: '127.0.0.1',
        HOMING_LOG_LEVEL: 'info',
        HOMING_DATA: data,
        HOMING_API_KEY: API_KEY,
        HOMING_OWNER_PASSWORD: OWNER_PASSWORD,
        ...options.env,
        HOMING_PORT: String(port),
      },
    })
    endWithUs(child)
    const ready = new Promise<void>((resolve, reject) => {
      const read = (piece: Buffer): void => {
        output += piece.toString()
        const said = output.slice(from)
        const chosen = listeningPort(said)
        if (chosen === undefined || !said.includes(READY[program])) return
        port = chosen
        resolve()
      }
      child.stdout?.on('data', read)
      child.stderr?.on('data', read)
      child.once('exit', (code) =>
        reject(new Error(`The relay ended with ${code} before it listened:\n${output}`)),
      )
      setTimeout(
        () => reject(new Error(`The relay did not listen in time:\n${output}`)),
        START_TIMEOUT_MS,
      ).unref()
    })
    await ready
  }

  await start()
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid ?? 0
    },
    data,
    apiKey: API_KEY,
    output: () => output,
    kill9: () => stopChild(child, 'SIGKILL'),
    terminate: () => stopChild(child, 'SIGTERM'),
    restart: start,
    stop: async () => {
      await stopChild(child, 'SIGKILL')
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** The record that the relay writes once it listens. */
function listeningPort(output: string): number | undefined {
  const port = /"event":"listening"[^\n]*"port":(\d+)/.exec(output)?.[1]
  return port === undefined ? undefined : Number(port)
}
