import { HomingError } from '@homing/core'
import { expect, test } from 'vitest'
import type { LogLevel } from './log.ts'
import { createLog } from './log.ts'

function lines(level: LogLevel, use: (log: ReturnType<typeof createLog>) => void) {
  const written: string[] = []
  use(createLog({ level, now: () => 0, write: (line) => written.push(line) }))
  return written
}

test('a record is one line of JSON with its time, level and event', () => {
  const [line = ''] = lines('info', (log) => log.info('listening', { port: 8787 }))
  expect(line.endsWith('\n')).toBe(true)
  expect(line.trimEnd()).not.toContain('\n')
  expect(JSON.parse(line)).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    event: 'listening',
    port: 8787,
  })
})

test.each([
  ['error', 1],
  ['info', 2],
  ['debug', 3],
] as const)('level %s writes %i of the three', (level, count) => {
  const written = lines(level, (log) => {
    log.error('a')
    log.info('b')
    log.debug('c')
  })
  expect(written).toHaveLength(count)
})

test('a foreign error is told without its message, which may quote somebody’s words', () => {
  let cause: unknown
  try {
    JSON.parse('my e-mail is ada@example.com')
  } catch (error) {
    cause = error
  }
  const [line = ''] = lines('error', (log) => log.error('request-failed', { cause }))
  expect(line).not.toContain('ada')
  expect(line).not.toContain('e-mail')
  expect(JSON.parse(line).cause).toMatchObject({ name: 'SyntaxError' })
  expect(JSON.parse(line).cause.stack.length).toBeGreaterThan(0)
})

test('a line of a foreign message that looks like a place of the code is left out as well', () => {
  const cause = new Error('cannot read:\n    at ada@example.com (Example Street 1)')
  const [line = ''] = lines('error', (log) => log.error('request-failed', { cause }))
  expect(line).not.toContain('ada')
  expect(JSON.parse(line).cause.stack[0]).toContain('log.test.ts')
})

test('an error of our own is told with its sentence and what caused it', () => {
  const cause = new HomingError('unavailable', 'The disk is full.', { cause: new Error('secret') })
  const [line = ''] = lines('error', (log) => log.error('append-failed', { cause }))
  expect(JSON.parse(line).cause).toMatchObject({
    code: 'unavailable',
    message: 'The disk is full.',
    cause: { name: 'Error' },
  })
  expect(line).not.toContain('secret')
})
