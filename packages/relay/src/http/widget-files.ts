import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { SiteReach, SiteSettings } from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { Sites } from '../sites/sites.ts'
import type { Site } from '../store/store.ts'
import { keepBuild } from './earlier-builds.ts'

/**
 * What host pages download. Served to every origin, the same for everyone, and without any
 * identity: neither cookie nor address nor referrer changes a byte.
 *
 *   GET /widget/pk_….js       the loader with the site's public settings in it
 *   GET /widget/assets/…      later parts, named by their content, good for ever; also those of
 *                             earlier builds, for pages that were loaded before an upgrade
 */
export interface WidgetOptions {
  readonly files: WidgetFiles
  readonly sites: Sites
  readonly publicUrl: string
  /** Where visitors of a site can go on. */
  readonly reachesOf: (site: string) => readonly SiteReach[]
}

/** The built files, read once; those of earlier builds when they are asked for. */
export interface WidgetFiles {
  /** The loader's text; undefined when the widget was not built. */
  readonly loader: string | undefined
  /** File name of the engine's entry. */
  readonly engine: string | undefined
  readonly asset: (name: string) => Promise<Asset | undefined>
}

interface Asset {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly brotli: Uint8Array<ArrayBuffer>
}

/** The loader holds it as a text, in whichever quotes the minifier chose. */
const SETTINGS_SLOT = /(["'`])__HOMING_SETTINGS__\1/

const LOADER_MAX_AGE_S = 300
const ASSET_MAX_AGE_S = 31_536_000

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

const compress = promisify(brotliCompress)

export function widgetRoutes({ files, sites, publicUrl, reachesOf }: WidgetOptions): Hono {
  const app = new Hono()
  /** One per site and settings; the sites are the operator's, so it stays small. */
  const scripts = new Map<string, Script>()

  const scriptOf = async (site: Site, loader: string): Promise<Script> => {
    const text = loader.replace(SETTINGS_SLOT, () =>
      inlineJson(settingsOf(site, publicUrl, files.engine ?? '', reachesOf(site.key))),
    )
    const known = scripts.get(site.key)
    if (known?.text === text) return known
    const bytes = Buffer.from(text)
    const brotli = await brotliOf(bytes)
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
    const script = { text, bytes, brotli, etag }
    scripts.set(site.key, script)
    return script
  }

  app.use('/widget/*', async (context, next) => {
    context.header('access-control-allow-origin', '*')
    context.header('cross-origin-resource-policy', 'cross-origin')
    context.header('x-content-type-options', 'nosniff')
    context.header('vary', 'accept-encoding')
    await next()
  })

  app.get('/widget/:file{pk_[A-Za-z0-9_-]+\\.js}', async (context) => {
    const key = context.req.param('file').slice(0, -'.js'.length)
    const site = await sites.get(key)
    // Soon corrected, and corrected soon after: a mistake must not stay in caches.
    if (!site) return complain(context, `there is no site ${key}. Check the script's address.`)
    if (files.loader === undefined || files.engine === undefined) {
      return complain(context, 'the relay has no widget. Run "pnpm build" and start it again.')
    }
    const script = await scriptOf(site, files.loader)
    context.header('cache-control', `public, max-age=${LOADER_MAX_AGE_S}`)
    context.header('etag', script.etag)
    if (matchesTag(context.req.header('if-none-match'), script.etag)) return context.body(null, 304)
    context.header('content-type', TYPES['js'])
    return sendBytes(context, script)
  })

  app.get('/widget/assets/:name', async (context) => {
    const asset = await files.asset(context.req.param('name'))
    if (!asset)
      return context.text('There is no such file.\n', 404, { 'cache-control': 'no-store' })
    context.header('cache-control', `public, max-age=${ASSET_MAX_AGE_S}, immutable`)
    context.header('content-type', asset.type)
    return sendBytes(context, asset)
  })
  return app
}

export interface OpenWidgetOptions {
  /** The build's. */
  readonly directory: string
  /** Where builds are kept for pages that began with them. */
  readonly keptIn: string
  readonly now: number
  /** They cannot be kept there; the one that is served now is served all the same. */
  readonly onError: (cause: unknown) => void
}

export async function openWidgetFiles(options: OpenWidgetOptions): Promise<WidgetFiles> {
  const { directory, keptIn, now, onError } = options
  const folder = join(directory, 'assets')
  const loader = await readFile(join(directory, 'loader.js'), 'utf8').catch(() => undefined)
  const built = await readdir(folder).catch((): string[] => [])
  const names = built.filter((name) => typeOf(name) !== undefined)
  const assets = new Map<string, Asset>()
  for (const name of names) assets.set(name, await readAsset(folder, name))
  const earlier = await keepBuild({ from: folder, names, keptIn, now }).catch((cause: unknown) => {
    onError(cause)
    return new Set<string>()
  })
  return {
    loader,
    engine: await engineOf(folder),
    asset: async (name) => {
      const known = assets.get(name)
      // What is half a copy has no type.
      if (known || !earlier.has(name) || typeOf(name) === undefined) return known
      const asset = await readAsset(keptIn, name)
      assets.set(name, asset)
      return asset
    },
  }
}

const typeOf = (name: string): string | undefined => TYPES[name.slice(name.lastIndexOf('.') + 1)]

async function readAsset(folder: string, name: string): Promise<Asset> {
  const bytes = await readFile(join(folder, name))
  return { type: typeOf(name) ?? '', bytes, brotli: await brotliOf(bytes) }
}

export function settingsOf(
  site: Site,
  relay: string,
  engine: string,
  reaches: readonly SiteReach[] = [],
): SiteSettings {
  return {
    key: site.key,
    relay,
    name: site.name,
    engine: `${relay}/widget/assets/${engine}`,
    appearance: site.appearance,
    ...(site.locale === undefined ? {} : { locale: site.locale }),
    ...(reaches.length === 0 ? {} : { reaches }),
  }
}

/**
 * JSON as an expression of a script. "<" ends no element and opens no comment where somebody puts
 * the script inline; the two separators were line ends to older engines.
 */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

interface Script {
  readonly text: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly brotli: Uint8Array<ArrayBuffer>
  readonly etag: string
}

function sendBytes(context: Context, file: Pick<Asset, 'bytes' | 'brotli'>): Response {
  if (!/\bbr\b/.test(context.req.header('accept-encoding') ?? '')) return context.body(file.bytes)
  context.header('content-encoding', 'br')
  return context.body(file.brotli)
}

/**
 * One clear line in the page's console, and nothing else happens to the page. Status 200, for a
 * browser does not run a script that comes with any other.
 */
function complain(context: Context, sentence: string): Response {
  context.header('cache-control', 'no-store')
  context.header('content-type', TYPES['js'])
  return context.body(`console.error(${inlineJson(`Homing: ${sentence}`)})\n`)
}

function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  // A proxy that compressed it may have weakened the tag.
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

async function engineOf(folder: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
    const file = (manifest as { engine?: { file?: unknown } } | null)?.engine?.file
    return typeof file === 'string' ? file : undefined
  } catch {
    return undefined
  }
}

function brotliOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
}
