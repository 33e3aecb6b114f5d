import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ERROR_CODES, decodeClientFrame, decodeServerFrame } from '@homing/core'
import * as core from '@homing/core'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const path = join(root, 'docs/protocol.md')
const page = readFileSync(path, 'utf8')

/** Cells of the rows whose first cell is code. */
const rows = (after: string): string[][] => {
  const section = page.slice(page.indexOf(after)).split(/\n## /)[0] ?? ''
  return [...section.matchAll(/^\| `(\w+)` *\|(.*)\|$/gm)].map(([, first = '', rest = '']) => [
    first,
    ...rest.split('|').map((cell) => cell.trim()),
  ])
}

const examples = (heading: string): string[] => {
  const section = page.slice(page.indexOf(heading))
  return (/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '').trim().split('\n')
}

describe('docs/protocol.md', () => {
  it.each([
    ['### What clients say', decodeClientFrame, 9],
    ['### What the relay says', decodeServerFrame, 12],
  ] as const)('P1: the frames under "%s" are frames, of every type', (heading, decode, types) => {
    const seen = new Set<string>()
    for (const text of examples(heading)) {
      const decoded = decode(text)
      expect(decoded).toEqual({ kind: 'frame', frame: JSON.parse(text) })
      if (decoded.kind === 'frame') seen.add(decoded.frame.t)
    }
    expect(seen.size).toBe(types)
  })

  it('P16: the table of errors is that of the code', () => {
    const table = rows('## Errors').map(([code, status, retryable]) => [code, status, retryable])
    const codes = Object.entries(ERROR_CODES).map(([code, { status, retryable }]) => [
      code,
      `${status}`,
      retryable ? 'yes' : 'no',
    ])
    expect(table).toEqual(codes)
  })

  it('P1: the table of limits is that of the code', () => {
    const constants = core as unknown as Record<string, unknown>
    const table = rows('## Limits')
    expect(table.length).toBeGreaterThan(20)
    for (const [name = '', value] of table)
      expect([name, String(constants[name])]).toEqual([name, value])
  })

  it('P2: every rule that a test names is on the page, and its links lead somewhere', () => {
    const rules = new Set(
      [...page.matchAll(/^\*\*(P\d+)\. |^\| (C\d+) *\|/gm)].map(([, p, c]) => p ?? c),
    )
    const files = globSync('packages/*/{src,test}/**/*.{test,test.tsx,ts}', { cwd: root })
    for (const file of files) {
      if (!/\.test\.tsx?$|contract/.test(file)) continue
      const titles = readFileSync(join(root, file), 'utf8').matchAll(/['"`]((?:P|C)\d+): /g)
      for (const [, rule] of titles) expect(rules, `${file} names ${rule}`).toContain(rule)
    }
    for (const [, link = ''] of page.matchAll(/\]\((\.[^)#]+)\)/g)) {
      expect(existsSync(join(dirname(path), link)), link).toBe(true)
    }
  })

  it('P2: the tests that a promise points to bear its name', () => {
    for (const [, rule = '', cell = ''] of page.matchAll(/^\| (C\d+) *\|.*\|(.*)\|$/gm)) {
      for (const [, link = ''] of cell.matchAll(/\]\(([^)]+)\)/g)) {
        expect(readFileSync(join(dirname(path), link), 'utf8'), link).toContain(`${rule}:`)
      }
    }
  })
})
