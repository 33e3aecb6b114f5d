import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { MAX_PIPELINED, limitPipelining } from './pipelining.ts'

const GET = 'GET / HTTP/1.1\r\nHost: relay\r\n\r\n'

/** A server whose answers wait for the test, and a line to it. */
async function openLine() {
  const asked: ServerResponse[] = []
  const server = createServer(limitPipelining((_, response) => void asked.push(response)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const line = createConnection((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void line.destroy())
  line.on('error', () => {})
  let answers = 0
  let changed = (): void => {}
  line.on('data', (piece: Buffer) => {
    answers += piece.toString().split('HTTP/1.1 200').length - 1
    changed()
  })
  return {
    asked,
    line,
    closed: new Promise<void>((resolve) => line.once('close', () => resolve())),
    answered: async (count: number): Promise<void> => {
      while (answers < count) await new Promise<void>((resolve) => (changed = resolve))
    },
  }
}

test('a line may ask again and again, one after the other', async () => {
  const { asked, line, answered } = await openLine()
  for (let n = 1; n <= 3 * MAX_PIPELINED; n++) {
    line.write(GET)
    while (asked.length < n) await new Promise((resolve) => setImmediate(resolve))
    asked.at(-1)?.end('ok')
    await answered(n)
  }
})

test('a few at once are answered; one more, and the line is cut, and nothing more is asked', async () => {
  const { asked, line, closed, answered } = await openLine()
  line.write(GET.repeat(MAX_PIPELINED))
  while (asked.length < MAX_PIPELINED) await new Promise((resolve) => setImmediate(resolve))
  for (const response of asked.splice(0)) response.end('ok')
  await answered(MAX_PIPELINED)
  line.write(GET.repeat(500))
  await closed
  expect(asked.length).toBeLessThanOrEqual(MAX_PIPELINED)
})
