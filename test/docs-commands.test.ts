import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The page on embedding against the widget's own source: the same commands, events, parts, lines. */

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const PAGE = read('docs/embedding.md')
const COMMANDS = read('packages/widget/src/commands.ts')
const WIDGET = globSync('packages/widget/src/**/*.{ts,tsx}', { cwd: ROOT })
  .filter((file) => !/\.test\.tsx?$/.test(file))
  .map(read)
  .join('\n')

/** Members of an interface, by name; those of its members are indented further. */
function membersOf(source: string, name: string): string[] {
  const body = new RegExp(`interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? ''
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?(<:]/gm)].map((match) => match[1] ?? '')
}

/** First cells of the table under this head. */
function rowsOf(head: string): string[] {
  const table =
    PAGE.slice(PAGE.search(new RegExp(`^\\| ${head} +\\|`, 'm'))).split('\n\n', 1)[0] ?? ''
  return [...table.matchAll(/^\| `(\w+)` +\|/gm)].map((match) => match[1] ?? '')
}

describe('docs/embedding.md', () => {
  test('names every command, and none that is not there', () => {
    const verbs = membersOf(COMMANDS, 'Commands')
    expect(verbs.length).toBeGreaterThan(10)
    expect(rowsOf('command').toSorted()).toEqual(verbs.toSorted())
  })

  test('names every event, and none that is not there', () => {
    const events = membersOf(COMMANDS, 'WidgetEvents')
    expect(events.length).toBeGreaterThan(3)
    expect(rowsOf('event').toSorted()).toEqual(events.toSorted())
  })

  test('names every option of boot and update', () => {
    const options = membersOf(COMMANDS, 'WidgetOptions')
    for (const verb of ['boot', 'update']) {
      const row = new RegExp(`^\\| \`${verb}\` +\\|.*$`, 'm').exec(PAGE)?.[0] ?? ''
      const named = /\{ ([^}]+) \}/.exec(row)?.[1]?.split(', ') ?? []
      expect(named.toSorted(), verb).toEqual(options.map((option) => `${option}?`).toSorted())
    }
  })

  test('uses only commands that are there', () => {
    const verbs = membersOf(COMMANDS, 'Commands')
    const used = [...PAGE.matchAll(/\bhoming\('(\w+)'/g)].map((match) => match[1] ?? '')
    expect(used.filter((verb) => !verbs.includes(verb))).toEqual([])
  })

  test('every part it names is in the widget', () => {
    const lists = PAGE.slice(PAGE.indexOf('Parts of the launcher:')).split('\n\n', 1)[0] ?? ''
    const parts = [...lists.matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? '')
    expect(parts.length).toBeGreaterThan(20)
    // Lines of the thread are named by their kind.
    const kinds = WIDGET.includes('part={item.kind}')
    const written = (part: string): readonly string[] => [
      `part="${part}"`,
      `'part', '${part}'`,
      ...(kinds ? [`case '${part}':`] : []),
    ]
    const missing = parts.filter((part) => !written(part).some((text) => WIDGET.includes(text)))
    expect(missing).toEqual([])
  })

  test('every line of the console it explains is one that is written', () => {
    const relay = ['gateway/admission.ts', 'http/widget-files.ts']
      .map((file) => read(`packages/relay/src/${file}`))
      .join('')
    const table = PAGE.slice(PAGE.indexOf('| line, or what you see '))
    const lines = [...table.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? '')
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) {
      const words = line.replace(/ \(\w+\)$/, '').split(/https:\S*|…/)
      for (const part of words) {
        expect(WIDGET.includes(part) || relay.includes(part), `${line}: ${part}`).toBe(true)
      }
    }
  })
})
