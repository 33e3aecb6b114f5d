import { brotliDecompressSync } from 'node:zlib'
import type { SiteReach } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { SITE } from '../../test/gateway-rig.ts'
import type { Site } from '../store/store.ts'
import type { WidgetFiles } from './widget-files.ts'
import { widgetRoutes } from './widget-files.ts'

const ENGINE = 'engine-abc.js'

function app(
  site: Site = SITE,
  over: Partial<WidgetFiles> = {},
  reaches: readonly SiteReach[] = [],
) {
  const bytes = Buffer.from('export {}')
  const asset = { type: 'text/javascript; charset=utf-8', bytes, brotli: Buffer.from('br') }
  return widgetRoutes({
    publicUrl: 'https://chat.test',
    reachesOf: () => reaches,
    sites: {
      get: (key) => Promise.resolve(key === site.key ? site : undefined),
      all: () => Promise.resolve([site]),
      save: () => Promise.resolve(),
    },
    files: {
      loader: '(()=>{globalThis.got=Object("__HOMING_SETTINGS__")})()',
      engine: ENGINE,
      asset: (name) => Promise.resolve(name === ENGINE ? asset : undefined),
      ...over,
    },
  })
}

/** Run a script the way a page would, and give what it left behind. */
function run(script: string): { got?: unknown; said: readonly unknown[] } {
  const said: unknown[] = []
  const global: { got?: unknown } = {}
  // oxlint-disable-next-line typescript/no-implied-eval -- the served text has to be a script
  new Function('globalThis', 'console', script)(global, {
    error: (line: unknown) => said.push(line),
  })
  return { ...global, said }
}

describe('the loader', () => {
  test('holds the site’s public settings and nothing else of it', async () => {
    const response = await app().request('/widget/pk_demo.js')
    expect(response.status).toBe(200)
    const { got } = run(await response.text())
    expect(got).toEqual({
      key: 'pk_demo',
      relay: 'https://chat.test',
      name: 'Demo',
      engine: `https://chat.test/widget/assets/${ENGINE}`,
      appearance: SITE.appearance,
    })
    expect(JSON.stringify(got)).not.toContain('shop.test')
  })

  test('any page may load it, and shared caches may keep it for a moment', async () => {
    const { headers } = await app().request('/widget/pk_demo.js')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    expect(headers.get('set-cookie')).toBeNull()
  })

  test.each(['</script><script>alert(1)//', '<!--', '\u2028"+alert(1)+"', '$& $1 $$', "'`${1}"])(
    'a name like %j stays a text',
    async (name) => {
      const response = await app({ ...SITE, name }).request('/widget/pk_demo.js')
      const script = await response.text()
      expect(script).not.toContain('<')
      expect(script).not.toContain('\u2028')
      expect(run(script).got).toMatchObject({ name })
    },
  )

  test('has a tag that changes with the settings', async () => {
    const first = (await app().request('/widget/pk_demo.js')).headers.get('etag') ?? ''
    const other = (await app({ ...SITE, name: 'B' }).request('/widget/pk_demo.js')).headers.get(
      'etag',
    )
    expect(other).not.toBe(first)
    for (const tag of [first, `W/${first}`, `"x", ${first}`]) {
      const again = await app().request('/widget/pk_demo.js', { headers: { 'if-none-match': tag } })
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
    }
  })

  test('is compressed for who can read it', async () => {
    const headers = { 'accept-encoding': 'gzip, br' }
    const response = await app().request('/widget/pk_demo.js', { headers })
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(response.headers.get('vary')).toContain('accept-encoding')
    const text = brotliDecompressSync(Buffer.from(await response.arrayBuffer())).toString()
    expect(run(text).got).toMatchObject({ key: 'pk_demo' })
  })

  test.each([
    ['of an unknown site', '/widget/pk_other.js', {}],
    ['that was not built', '/widget/pk_demo.js', { loader: undefined }],
  ])('%s is one clear line in the console, and no cache keeps it', async (_, path, over) => {
    const response = await app(SITE, over).request(path)
    // A browser runs no script that comes with another status.
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { said } = run(await response.text())
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^Homing: .+\.$/)
  })
})

describe('later parts', () => {
  test('are kept for ever: their names change with their content', async () => {
    const response = await app().request(`/widget/assets/${ENGINE}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-type')).toContain('text/javascript')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })

  test.each(['nothing.js', 'manifest.json', '..%2floader.js', '%2e%2e%2f%2e%2e%2fpackage.json'])(
    '%s is not there',
    async (name) => {
      const response = await app().request(`/widget/assets/${name}`)
      expect(response.status).toBe(404)
      expect(response.headers.get('cache-control') ?? 'no-store').toBe('no-store')
    },
  )
})
