import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The page on operating against the relay's own source: settings, commands, figures, log events. */

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const PAGE = read('docs/operating.md')
const CONFIG = read('packages/relay/src/config.ts')
const MAIN = read('packages/relay/src/main.ts')
const SOURCES = globSync('packages/relay/src/**/*.ts', { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts'),
)
const textOf = (files: readonly string[]): string => files.map(read).join('\n')
const RELAY = textOf(SOURCES)

const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].toSorted()

/** The table under this head, as text. */
function table(head: string): string {
  const from = PAGE.search(new RegExp(`^\\| ${head} +\\|`, 'm'))
  expect(from, `a table with the head "${head}"`).toBeGreaterThan(0)
  return PAGE.slice(from).split('\n\n', 1)[0] ?? ''
}

describe('docs/operating.md', () => {
  test('lists every setting, and so does the help of the command', () => {
    const settings = found(CONFIG, /'(HOMING_[A-Z_]+)'/g)
    expect(settings.length).toBeGreaterThan(5)
    expect(found(table('variable'), /^\| `(HOMING_[A-Z_]+)` +\|/gm)).toEqual(settings)
    expect(found(MAIN, /^ {2}(HOMING_[A-Z_]+)/gm)).toEqual(settings)
  })

  test('names every command', () => {
    const commands = found(/COMMANDS[^{]*\{([^}]*)\}/.exec(MAIN)?.[1] ?? '', /^ {2}(\w+):/gm)
    expect(commands.length).toBeGreaterThan(3)
    const inFences = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
      .map((match) => match[1])
      .join('')
    expect(found(inFences, /^homing ([a-z]+)/gm)).toEqual(commands)
  })

  test('lists every figure of /metrics', () => {
    // Connectors name things on far sides after us, and count nothing.
    const counting = textOf(SOURCES.filter((file) => !file.includes('/connectors/')))
    const figures = found(counting, /'(homing_[a-z_]+)'/g)
    expect(figures.length).toBeGreaterThan(5)
    expect(found(table('figure'), /^\| `(homing_[a-z_]+)` +\|/gm)).toEqual(figures)
  })

  test('lists every event of the log that is not for developers alone', () => {
    const events = found(RELAY, /\blog\.(?:error|info)\('([a-z-]+)'/g)
    expect(events.length).toBeGreaterThan(10)
    const cells = found(table('event'), /^\| (`[^|]+`) +\|/gm).join()
    expect(found(cells, /`([a-z-]+)`/g)).toEqual(events)
  })
})
