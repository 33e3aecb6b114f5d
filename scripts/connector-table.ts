import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { faceOf } from '../packages/console/src/connector-faces.ts'
import type { Capabilities } from '../packages/relay/src/connectors/connector.ts'
import type { ConnectorType } from '../packages/relay/src/connectors/registry.ts'
import { CONNECTOR_TYPES } from '../packages/relay/src/connectors/registry.ts'

// What each connector can do, from the code into docs/connectors/README.md:
// `node scripts/connector-table.ts` after a capability has changed. A test finds it when it is old.

const FOLDER = join(import.meta.dirname, '../docs/connectors')
const PAGE = join(FOLDER, 'README.md')
const BEGIN = '<!-- made by scripts/connector-table.ts -->'
const END = '<!-- until here -->'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** Nothing is sent there: it is a link to it. */
const isLink = ({ maxText }: Capabilities): boolean => maxText === 0

const COLUMNS: readonly (readonly [string, (can: Capabilities) => string])[] = [
  ['desk', ({ roles, line }) => (roles.includes('desk') ? (line ? 'your phone' : 'yes') : '')],
  ['reach', (can) => (can.roles.includes('reach') ? (isLink(can) ? 'a link' : 'yes') : '')],
  ['answers come by', answersOf],
  ['after a lost answer', (can) => (isLink(can) ? '' : lostOf(can))],
  ['tells delivered, read', ({ receipts }) => (receipts ? 'yes' : '')],
  ['is told of a visitor', ({ tells }) => tells?.join(', ') ?? ''],
  ['free text', (can) => (isLink(can) ? '' : windowOf(can))],
  ['longest text', (can) => (isLink(can) ? '' : longestOf(can))],
  ['gathers', ({ gatherMs }) => (gatherMs === 0 ? '' : `${gatherMs / SECOND_MS} s`)],
]

function answersOf({ webhooks, pollEveryMs }: Capabilities): string {
  const polls = pollEveryMs === 0 ? [] : [`asking every ${pollEveryMs / SECOND_MS} s`]
  return [...(webhooks ? ['webhook'] : []), ...polls].join(', ')
}

/** What keeps an entry from being there twice. */
function lostOf({ idempotent, reconcile, receipts }: Capabilities): string {
  if (idempotent) return 'sent again, known there'
  if (reconcile) return 'looked up'
  return receipts ? 'told by its receipt' : 'left to a person'
}

function windowOf({ windowMs }: Capabilities): string {
  return windowMs === 0 ? 'always' : `${windowMs / HOUR_MS} h`
}

function longestOf({ maxText, textUnit }: Capabilities): string {
  return grouped(maxText) + (textUnit === 'bytes' ? ' bytes' : '')
}

function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** The table, as the formatter leaves it. */
export function connectorTable(types: readonly ConnectorType[] = CONNECTOR_TYPES): string {
  const head = ['connector', ...COLUMNS.map(([title]) => title)]
  const rows = types.map(({ name, capabilities }) => [
    `[${faceOf(name).title}](${pageOf(name)})`,
    ...COLUMNS.map(([, cell]) => cell(capabilities)),
  ])
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Its own page, or that of the connector it is a kind of. */
function pageOf(name: string): string {
  const page = `${name}.md`
  return existsSync(join(FOLDER, page)) ? page : `${name.replace(/-[a-z]+$/, '')}.md`
}

/** The page with a fresh table in its place. */
export function withTable(page: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error('The page has no place for the table.')
  return `${page.slice(0, from + BEGIN.length)}\n\n${connectorTable()}\n\n${page.slice(to)}`
}

export const readPage = (): string => readFileSync(PAGE, 'utf8')

if (import.meta.main) writeFileSync(PAGE, withTable(readPage()))
