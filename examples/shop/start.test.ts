import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** `pnpm start` as a process of its own. The widget has to be built before. */

/** A cold machine starts within this, ms; nothing waits for it to pass. */
const START_LIMIT_MS = 30_000

interface Demo {
  readonly shop: URL
  readonly output: string
  /** Ends it as Ctrl-C does, and gives its exit code. */
  readonly stop: () => Promise<number | null>
}

let data: string
let demo: Demo

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homing-start-'))
  demo = await startDemo({ HOMING_PORT: '0', HOMING_DATA: join(data, 'first') })
}, START_LIMIT_MS)

afterAll(async () => {
  await demo?.stop()
  await rm(data, { recursive: true, force: true })
})

describe('pnpm start', () => {
  test('prints where shop and console are, and one link to sign in', () => {
    const { origin } = demo.shop
    const addresses = demo.output.match(/http:\S+/g) ?? []
    expect(addresses.slice(0, 2)).toEqual([`${origin}/shop/`, `${origin}/console`])
    expect(addresses.slice(2)).toEqual([expect.stringMatching(/\/console\/link#[\w-]{20,}$/)])
  })

  test('answers on /healthz', async () => {
    expect((await fetch(new URL('/healthz', demo.shop))).status).toBe(200)
  })

  test('leads from / to the shop, which names the relay in its policy', async () => {
    const response = await fetch(new URL('/', demo.shop))
    expect(response.status).toBe(200)
    expect(response.url).toBe(demo.shop.href)
    expect(response.headers.get('content-security-policy')).toContain(
      `connect-src ${demo.shop.origin} ws://${demo.shop.host};`,
    )
  })

  test('every page of the shop can be walked to', async () => {
    const seen = new Set<string>()
    const ahead = ['/shop/', '/shop/checkout/', '/shop/thank-you/']
    for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      const response = await fetch(new URL(path, demo.shop))
      expect(response.status, path).toBe(200)
      const links = (await response.text()).matchAll(/<a\b[^>]*\shref="(\/[^"#]*)/g)
      for (const [, link = ''] of links) ahead.push(link)
    }
    expect(seen.size).toBe(8)
  })

  test("the script tag's address answers with the shop's own loader", async () => {
    const page = await (await fetch(demo.shop)).text()
    const [, source = ''] = /<script async src="([^"]+)"/.exec(page) ?? []
    const response = await fetch(new URL(source, demo.shop))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/)
    const loader = await response.text()
    expect(loader).toContain('Halfpast')
    expect(loader).toContain(demo.shop.origin)
  })

  test('a page of the shop may talk to the relay by either name of this machine', async () => {
    const { port } = demo.shop
    const allowed = [`http://localhost:${port}`, `http://127.0.0.1:${port}`]
    for (const origin of allowed) expect(await greeting(origin)).toContain('"welcome"')
    expect(await greeting('http://elsewhere.example')).not.toContain('"welcome"')
  })

  test('on a taken port it says so in one sentence, and what to do', async () => {
    const { code, errors } = await runToEnd({
      HOMING_PORT: demo.shop.port,
      HOMING_DATA: join(data, 'second'),
    })
    expect(code).toBe(1)
    expect(errors.trim().split('\n')).toHaveLength(1)
    expect(errors).toContain(`Port ${demo.shop.port} is taken`)
    expect(errors).toContain('HOMING_PORT')
  })

  test('wrong settings are told all at once, by name', async () => {
    const { code, errors } = await runToEnd({
      HOMING_PORT: 'many',
      HOMING_API_KEY: 'short',
      HOMING_DATA: join(data, 'third'),
    })
    expect(code).toBe(1)
    expect(errors).toContain('HOMING_PORT')
    expect(errors).toContain('HOMING_API_KEY')
    expect(errors).not.toMatch(/^ +at /m)
  })

  test('ends in order when asked to, and starts again on the same data', async () => {
    expect(await demo.stop()).toBe(0)
    demo = await startDemo({ HOMING_PORT: '0', HOMING_DATA: join(data, 'first') })
    expect(await greeting(demo.shop.origin)).toContain('"welcome"')
  })
})

/** The answer to a visitor's first frame, sent from a page of this origin. */
async function greeting(origin: string): Promise<string> {
  const hello = {
    t: 'hello',
    v: 1,
    site: 'pk_demo',
    token: null,
    device: '0190b6f0-0000-7000-8000-000000000001',
    positions: {},
    client: 'web/0.1.0',
  }
  const response = await fetch(new URL('/v1/sync', demo.shop), {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ nonce: 'a', wait: 0, frames: [hello] }),
  })
  return response.text()
}

type Settings = Readonly<Record<string, string>>

function run(settings: Settings) {
  const { PATH } = process.env
  return spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    env: { PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function startDemo(settings: Settings): Promise<Demo> {
  const child = run(settings)
  const ended = once(child, 'exit')
  let output = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.endsWith('\n\n') && output.includes('/shop/')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)))
  })
  const [, shop = ''] = /(\S+\/shop\/)/.exec(output) ?? []
  return {
    shop: new URL(shop),
    output,
    async stop() {
      child.kill('SIGINT')
      const [code]: (number | null)[] = await ended
      return code ?? null
    },
  }
}

async function runToEnd(settings: Settings): Promise<{ code: number | null; errors: string }> {
  const child = run(settings)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code]: (number | null)[] = await once(child, 'close')
  return { code: code ?? null, errors }
}
