import { readFileSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import { configureConnectors } from './connectors/configure.ts'
import type { ConfiguredConnector } from './connectors/configured.ts'
import { KEY_BYTES } from './connectors/seal.ts'
import type { LogLevel } from './log.ts'
import { resolveSecrets } from './secrets.ts'

/** Every setting of the relay, read once from the environment. */
export interface Config {
  /** 0: any free one. */
  readonly port: number
  /** Undefined: all addresses of the machine. */
  readonly host: string | undefined
  /** Directory of the log. */
  readonly data: string
  /** Origin people reach the relay by, without a slash at its end. Undefined: this machine. */
  readonly publicUrl: string | undefined
  readonly apiKey: string | undefined
  readonly ownerPassword: string | undefined
  readonly connectors: readonly ConfiguredConnector[]
  /** Seals what is set up in the console. Undefined: a file in `data` has the key. */
  readonly sealKey: Uint8Array | undefined
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Hosts, addresses and CIDR ranges that connectors may reach although they are private. */
  readonly allowPrivate: readonly string[]
  readonly logLevel: LogLevel
}

/** All problems at once, each a sentence with the variable's name and the fix. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_PORT = 8787
const MIN_API_KEY_LENGTH = 24
const MIN_PASSWORD_LENGTH = 12

export interface ConfigOptions {
  /** The text of a file; throws when it cannot be read. */
  readonly readFile?: (path: string) => string
}

export function parseConfig(
  environment: Environment,
  { readFile = (path) => readFileSync(path, 'utf8') }: ConfigOptions = {},
): Config {
  const problems: string[] = []
  // An empty variable is how many deployment tools say "not set".
  const get = (name: string): string | undefined => environment[name]?.trim() || undefined

  const port = readPort(get('HOMING_PORT'), problems)
  const config: Config = {
    port,
    // All addresses, because inside a container 127.0.0.1 is reached by nobody. On a machine
    // that is open to others, set HOMING_HOST=127.0.0.1 and put a proxy with https in front.
    host: get('HOMING_HOST'),
    data: get('HOMING_DATA') ?? '.homing',
    publicUrl: readPublicUrl(get('HOMING_PUBLIC_URL'), problems),
    apiKey: readSecret('HOMING_API_KEY', get('HOMING_API_KEY'), MIN_API_KEY_LENGTH, problems),
    ownerPassword: readSecret(
      'HOMING_OWNER_PASSWORD',
      get('HOMING_OWNER_PASSWORD'),
      MIN_PASSWORD_LENGTH,
      problems,
    ),
    connectors: readConnectors(get('HOMING_CONNECTORS'), environment, readFile, problems),
    sealKey: readSealKey(get('HOMING_SEAL_KEY'), problems),
    trustedProxies: readProxies(get('HOMING_TRUSTED_PROXIES'), problems),
    allowPrivate: listOf(get('HOMING_ALLOW_PRIVATE')),
    logLevel: readLogLevel(get('HOMING_LOG_LEVEL'), problems),
  }
  for (const name of ['DATABASE_URL', 'REDIS_URL']) {
    if (get(name) === undefined) continue
    problems.push(
      `${name} is set, but this version runs on its embedded store only. Unset it; the log is kept in HOMING_DATA.`,
    )
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function readPort(text: string | undefined, problems: string[]): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  problems.push('HOMING_PORT must be a whole number from 0 to 65535 (0: any free port).')
  return DEFAULT_PORT
}

function readPublicUrl(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === ''
  if (isOrigin) return url.origin
  problems.push(
    'HOMING_PUBLIC_URL must be the address of the relay without a path, such as https://chat.example.com.',
  )
  return undefined
}

function readSecret(
  name: string,
  text: string | undefined,
  min: number,
  problems: string[],
): string | undefined {
  if (text === undefined || text.length >= min) return text
  problems.push(`${name} must have at least ${min} characters. Make one: openssl rand -base64 24`)
  return undefined
}

function readSealKey(text: string | undefined, problems: string[]): Uint8Array | undefined {
  if (text === undefined) return undefined
  const key = /^[A-Za-z0-9+/]{43}=$/.test(text)
    ? Uint8Array.from(Buffer.from(text, 'base64'))
    : undefined
  if (key?.byteLength === KEY_BYTES) return key
  problems.push('HOMING_SEAL_KEY must be 32 bytes in base64. Make one: openssl rand -base64 32')
  return undefined
}

function readProxies(text: string | undefined, problems: string[]): readonly string[] {
  return listOf(text).filter((item) => {
    if (ipaddr.isValid(item) || ipaddr.isValidCIDR(item)) return true
    problems.push(
      `HOMING_TRUSTED_PROXIES holds "${item}", which is neither an address nor a range such as 10.0.0.0/8.`,
    )
    return false
  })
}

function readLogLevel(text: string | undefined, problems: string[]): LogLevel {
  if (text === undefined) return 'info'
  if (text === 'error' || text === 'info' || text === 'debug') return text
  problems.push('HOMING_LOG_LEVEL must be error, info or debug.')
  return 'info'
}

function readConnectors(
  path: string | undefined,
  environment: Environment,
  readFile: (path: string) => string,
  problems: string[],
): readonly ConfiguredConnector[] {
  if (path === undefined) return []
  let text: string
  try {
    text = readFile(path)
  } catch {
    problems.push(`HOMING_CONNECTORS names ${path}, which cannot be read. Check path and rights.`)
    return []
  }
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {
    problems.push(`HOMING_CONNECTORS: ${path} is not JSON.`)
    return []
  }
  const secrets = resolveSecrets(entries, { environment, readFile })
  // A secret that is missing would only be reported a second time, as a bad setting.
  const parsed =
    secrets.problems.length > 0
      ? { ok: false as const, problems: secrets.problems }
      : configureConnectors(secrets.value)
  if (parsed.ok) return parsed.settings
  problems.push(...parsed.problems.map((problem) => `HOMING_CONNECTORS: ${problem}.`))
  return []
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((item) => item !== '')
}
