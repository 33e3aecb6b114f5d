import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Every relative link and picture of the docs leads to a file, and to a heading where it names one. */

const ROOT = join(import.meta.dirname, '..')
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }),
  ...globSync('{packages,examples}/*/README.md', { cwd: ROOT }),
].filter((page) => existsSync(join(ROOT, page)))

describe('the reader of links', () => {
  test.each([
    ['[a](b.md)', ['b.md']],
    ['![a](<b c.png> "title")', ['b c.png']],
    ['[![a](b.png)](c.md#d)', ['b.png', 'c.md#d']],
    ['[a]: ../b.md', ['../b.md']],
    ['<img alt="" src="b.png">', ['b.png']],
    ['[a](https://example.com) [b](mailto:a@example.com)', []],
    ['`[a](b.md)`\n```\n[a](b.md)\n```', []],
  ])('reads %j', (text, expected) => {
    expect(linksOf(text)).toEqual(expected)
  })

  test.each([
    ['# The *log* is `truth`', 'the-log-is-truth'],
    ['## C1: acked ⇒ in the log', 'c1-acked--in-the-log'],
    ['### A [link](b.md) in it ##', 'a-link-in-it'],
  ])('knows the anchor of %j', (text, anchor) => {
    expect(anchorsOf(text)).toContain(anchor)
  })

  test('counts headings of the same name', () => {
    expect(anchorsOf('# A\n# A\n```\n# B\n```')).toEqual(new Set(['a', 'a-1']))
  })
})

test.each(PAGES)('%s: every relative link leads somewhere', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  expect(linksOf(text).flatMap((link) => brokenReason(page, link) ?? [])).toEqual([])
})

function brokenReason(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), decodeURI(path))
  if (relative(ROOT, target).startsWith('..')) return `${link}: outside the repository`
  if (!existsSync(target)) return `${link}: no such file`
  if (anchor === undefined) return undefined
  // "#L12" points at a line of a source file.
  if (/^L\d+(-L\d+)?$/.test(anchor) && !target.endsWith('.md')) return undefined
  if (statSync(target).isDirectory()) return `${link}: an anchor in a folder`
  if (anchorsOf(readFileSync(target, 'utf8')).has(decodeURIComponent(anchor))) return undefined
  return `${link}: no such heading`
}

function linksOf(text: string): string[] {
  const prose = withoutFences(text).replace(/`[^`\n]*`/g, '')
  const patterns = [
    /\]\(\s*(?:<([^>\n]+)>|([^()\s]+))(?:\s+"[^"]*")?\s*\)/g,
    /^\[[^\]\n]+\]:\s*(?:<([^>\n]+)>|(\S+))/gm,
    /<(?:img|a|source)\b[^>]*?\b(?:src|href|srcset)="([^"]+)"/g,
  ]
  return patterns
    .flatMap((pattern) => [...prose.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? ''))
    .filter((link) => link !== '' && !/^[a-z][a-z+.-]*:|^\/\//i.test(link))
}

/** The anchors a forge gives to a page's headings. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6}\s+(.+?)(?:\s+#+)?\s*$/gm)) {
    const slug = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let name = slug
    for (let again = 1; anchors.has(name); again++) name = `${slug}-${again}`
    anchors.add(name)
  }
  for (const [, id = ''] of text.matchAll(/<[a-z]+\b[^>]*\s(?:id|name)="([^"]+)"/gi))
    anchors.add(id)
  return anchors
}

function withoutFences(text: string): string {
  return text.replace(/^(\s*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\s*\2\s*$/gm, '')
}
