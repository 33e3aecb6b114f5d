import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { CONNECTOR_TYPES } from '../packages/relay/src/connectors/registry.ts'
import { connectorTable, readPage, withTable } from '../scripts/connector-table.ts'

/** The page of connectors against the code. */

test('the table of what each connector can do is that of the code: node scripts/connector-table.ts', () => {
  expect(withTable(readPage())).toBe(readPage())
})

test('every connector is in it, and has a page', () => {
  const pages = [...connectorTable().matchAll(/^\| \[[^\]]+\]\(([a-z-]+\.md)\)/gm)].map(
    (match) => match[1] ?? '',
  )
  expect(pages).toHaveLength(CONNECTOR_TYPES.length)
  for (const page of pages) {
    expect([page, existsSync(join(import.meta.dirname, '../docs/connectors', page))]).toEqual([
      page,
      true,
    ])
  }
})

test('a capability that changes makes the table another one', () => {
  const [first, ...others] = CONNECTOR_TYPES
  if (!first) throw new Error('There are no connectors.')
  const capabilities = { ...first.capabilities, windowMs: 7 * 3_600_000 }
  expect(connectorTable([{ ...first, capabilities }, ...others])).not.toBe(connectorTable())
})
