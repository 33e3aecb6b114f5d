import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { ORIGIN_MATRIX } from '../packages/relay/test/fixtures/origins.ts'
import { XSS_CORPUS } from './xss-corpus.ts'

/** The pages on reliability and security against the tests and commands that they name. */

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const RELIABILITY = read('docs/reliability.md')
const SECURITY = read('docs/security.md')
const { scripts: SCRIPTS, version: VERSION } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
  readonly version: string
}

/** Repository paths of the test files that a piece of a page in docs/ links to. */
function testsIn(text: string): string[] {
  return [...text.matchAll(/\]\((\.\.\/[^)]+\.ts)\)/g)].map(([, link = '']) => join('docs', link))
}

describe('docs/reliability.md', () => {
  const rows = [...RELIABILITY.matchAll(/^\| (C\d+) +\|(.*)\|$/gm)]

  test('has every line of the promise, once', () => {
    const lines = rows.map(([, id]) => id)
    expect(lines).toEqual(Array.from({ length: 12 }, (_, index) => `C${index + 1}`))
  })

  test.each(rows.map(([, id = '', rest = '']) => [id, rest] as const))(
    '%s: each test that is named for it says so in a title',
    (id, rest) => {
      const tests = testsIn(rest)
      expect(tests.length).toBeGreaterThanOrEqual(2)
      const title = new RegExp(`['\`][^'\`\\n]*\\b${id}\\b[^'\`\\n]*:`)
      for (const path of tests) expect(read(path), path).toMatch(title)
    },
  )

  test('has both kinds of tests for each line: on the parts, and on the running system', () => {
    for (const [, id, rest = ''] of rows) {
      const [, parts = '', running = ''] = rest.split('|')
      expect(testsIn(parts).length, `${id} on the parts`).toBeGreaterThan(0)
      for (const path of testsIn(parts)) expect(path).not.toContain('.real.')
      expect(testsIn(running).length, `${id} on the running system`).toBeGreaterThan(0)
      for (const path of testsIn(running)) expect(path).toMatch(/^test\/real\//)
    }
  })

  test('names settings that suites read', () => {
    const suites = globSync('test/**/*.ts', { cwd: ROOT }).map(read).join('\n')
    const settings = [...new Set(RELIABILITY.match(/HOMING_TEST_[A-Z]+/g))]
    expect(settings.length).toBeGreaterThanOrEqual(2)
    for (const name of settings) expect(suites).toContain(`['${name}']`)
  })
})

describe('docs/security.md', () => {
  test('names every suite on security', () => {
    const suites = globSync('test/real/security-*.real.test.ts', { cwd: ROOT })
    expect(suites.length).toBeGreaterThan(4)
    expect(testsIn(SECURITY)).toEqual(expect.arrayContaining(suites))
  })

  test('counts what is tried as it is', () => {
    expect(SECURITY).toContain(`${XSS_CORPUS.length} hostile texts`)
    const origins = Number(/(\d+) origins over both transports/.exec(SECURITY)?.[1])
    expect(origins).toBeGreaterThanOrEqual(30)
    expect(origins).toBeLessThanOrEqual(ORIGIN_MATRIX.length)
  })
})

test.each([
  ['docs/reliability.md', RELIABILITY],
  ['docs/security.md', SECURITY],
])('%s: every command of pnpm is one', (_, page) => {
  const commands = [...page.matchAll(/pnpm (test(?::\w+)?)/g)].map(([, name = '']) => name)
  expect(commands.length).toBeGreaterThan(0)
  for (const name of commands) expect(Object.keys(SCRIPTS)).toContain(name)
})

test('SECURITY.md supports the version that this is', () => {
  const supported = [...read('SECURITY.md').matchAll(/^\| (\d+\.\d+)\.x +\| yes/gm)]
  expect(supported.map(([, minor]) => minor)).toEqual([VERSION.replace(/\.\d+$/, '')])
})
