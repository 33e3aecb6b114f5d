import { describe, expect, test } from 'vitest'
import type { Environment } from './config.ts'
import { ConfigError, parseConfig } from './config.ts'

function problemsOf(environment: Environment, files: Readonly<Record<string, string>> = {}) {
  try {
    parseConfig(environment, { readFile: (path) => read(files, path) })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

function read(files: Readonly<Record<string, string>>, path: string): string {
  const text = files[path]
  if (text === undefined) throw new Error('not there')
  return text
}

test('without any variable it is good for trying out', () => {
  expect(parseConfig({})).toEqual({
    port: 8787,
    host: undefined,
    data: '.homing',
    publicUrl: undefined,
    apiKey: undefined,
    ownerPassword: undefined,
    connectors: [],
    sealKey: undefined,
    trustedProxies: [],
    allowPrivate: [],
    logLevel: 'info',
  })
})

test('everything can be set, and an empty variable is one that is not set', () => {
  const config = parseConfig({
    HOMING_PORT: '0',
    HOMING_HOST: ' 127.0.0.1 ',
    HOMING_PUBLIC_URL: 'https://Chat.example.com/',
    HOMING_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    HOMING_ALLOW_PRIVATE: 'rt.internal 192.168.0.0/16',
    HOMING_LOG_LEVEL: 'debug',
    HOMING_API_KEY: '',
  })
  expect(config).toMatchObject({
    port: 0,
    host: '127.0.0.1',
    publicUrl: 'https://chat.example.com',
    trustedProxies: ['10.0.0.0/8', '::1'],
    allowPrivate: ['rt.internal', '192.168.0.0/16'],
    logLevel: 'debug',
    apiKey: undefined,
  })
})

test('all problems are told at once, each with its variable', () => {
  const problems = problemsOf({
    HOMING_PORT: '99999',
    HOMING_PUBLIC_URL: 'chat.example.com',
    HOMING_API_KEY: 'short',
    HOMING_OWNER_PASSWORD: 'short',
    HOMING_CONNECTORS: '/nowhere.json',
    HOMING_TRUSTED_PROXIES: 'proxy',
    HOMING_LOG_LEVEL: 'loud',
    DATABASE_URL: 'postgres://db',
    REDIS_URL: 'redis://bus',
  })
  expect(problems.map((problem) => problem.split(/[ :]/, 1)[0])).toEqual([
    'HOMING_PORT',
    'HOMING_PUBLIC_URL',
    'HOMING_API_KEY',
    'HOMING_OWNER_PASSWORD',
    'HOMING_CONNECTORS',
    'HOMING_TRUSTED_PROXIES',
    'HOMING_LOG_LEVEL',
    'DATABASE_URL',
    'REDIS_URL',
  ])
})

test('a secret is never in a problem', () => {
  const problems = problemsOf({
    HOMING_API_KEY: 'hunter2',
    DATABASE_URL: 'postgres://u:hunter2@db',
  })
  expect(problems.join()).not.toContain('hunter2')
})

test.each(['-1', '1.5', '80a', '0x50', '70000'])('%s is no port', (port) => {
  expect(problemsOf({ HOMING_PORT: port })).toHaveLength(1)
})

test.each(['ftp://a.test', 'https://a.test/path', 'https://u:p@a.test', 'https://a.test?x'])(
  '%s is no public address',
  (url) => {
    expect(problemsOf({ HOMING_PUBLIC_URL: url })).toHaveLength(1)
  },
)

describe('the connectors’ file', () => {
  const entry = {
    id: 'hook',
    site: 'pk_demo',
    type: 'webhook',
    settings: { url: 'https://desk.test/in', secret: 'env:HOOK_SECRET' },
  }
  const set = (file: unknown, environment: Environment = {}, files = {}) =>
    problemsOf(
      { HOMING_CONNECTORS: 'c.json', ...environment },
      { 'c.json': typeof file === 'string' ? file : JSON.stringify(file), ...files },
    )

  test('must be JSON and a list', () => {
    expect(set('{')[0]).toContain('not JSON')
    expect(set({})[0]).toContain('a list is needed')
  })

  test('names the secrets that are missing', () => {
    expect(set([entry])[0]).toContain('HOOK_SECRET is not set')
    const fromFile = { ...entry, settings: { ...entry.settings, secret: 'file:/run/secret' } }
    expect(set([fromFile])[0]).toContain('/run/secret cannot be read')
    expect(set([fromFile], {}, { '/run/secret': '\n' })[0]).toContain('is empty')
  })

  test('has every problem of every entry told, by its place', () => {
    const problems = set(
      [
        { ...entry, id: 'A B', settings: {} },
        { id: 'x', type: 'smoke' },
      ],
      {
        HOOK_SECRET: 'x',
      },
    )
    expect(problems.some((problem) => problem.includes('connectors[0].id'))).toBe(true)
    expect(problems.some((problem) => problem.includes('connectors[1].type'))).toBe(true)
  })
})
