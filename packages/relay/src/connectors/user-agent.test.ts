import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { USER_AGENT } from './user-agent.ts'

test('the relay names itself with the version of its package', () => {
  const file = join(import.meta.dirname, '../../package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  expect(USER_AGENT).toBe(`homing/${version}`)
})
