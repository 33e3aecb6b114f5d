import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

/** The console's built files, read once and kept in memory; they are few and small. */
export interface ConsoleFiles {
  /** Name of the script that the page starts; undefined when the console was not built. */
  readonly script: string | undefined
  readonly get: (name: string) => ConsoleFile | undefined
}

export interface ConsoleFile {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly brotli: Uint8Array<ArrayBuffer>
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
}

const compress = promisify(brotliCompress)

export async function openConsoleFiles(directory: string): Promise<ConsoleFiles> {
  const files = new Map<string, ConsoleFile>()
  const script = await entryOf(directory)
  if (script === undefined) return { script, get: () => undefined }
  for (const name of await readdir(directory)) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]
    // Only what has a known type is served: no manifest, no source map.
    if (type === undefined) continue
    const bytes = await readFile(join(directory, name))
    const brotli = await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    files.set(name, { type, bytes, brotli })
  }
  return { script, get: (name) => files.get(name) }
}

async function entryOf(directory: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
    const entry = (manifest as { console?: { file?: unknown } } | null)?.console?.file
    return typeof entry === 'string' ? entry : undefined
  } catch {
    return undefined
  }
}
