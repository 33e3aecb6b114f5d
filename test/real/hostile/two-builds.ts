import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { rollup } from 'rollup'
import type { OutputOptions, Plugin, RollupOptions } from 'rollup'

import type { HostedFile } from '../../static-host.ts'

/** The engine and all that comes after it, built anew as it would be under another version. */
export interface OtherBuild {
  /** The engine's file name. */
  readonly engine: string
  /** Every file of the build, by name. */
  readonly files: ReadonlyMap<string, HostedFile>
}

/** How the client names itself to the relay: what every build has and no two versions share. */
const VERSION = 'web/0.1.0'

export async function buildOther(version: string): Promise<OtherBuild> {
  const { default: configs } = (await import(
    join(import.meta.dirname, '../../../rollup.config.mjs')
  )) as { default: readonly RollupOptions[] }
  const config = configs.find(({ input }) => typeof input === 'object' && 'engine' in input)
  if (!config) throw new Error('No bundle has an input of the name "engine"')
  const directory = await mkdtemp(join(tmpdir(), 'homing-build-'))
  try {
    const bundle = await rollup({
      ...config,
      plugins: [
        {
          name: 'another version',
          transform: (code) => (code.includes(VERSION) ? code.replace(VERSION, version) : null),
        },
        // The real build's files must stay where they are.
        ...(config.plugins as Plugin[]).filter(
          ({ name }) => name !== 'emptied' && name !== 'manifest',
        ),
      ],
    })
    await bundle.write({ ...(config.output as OutputOptions), dir: directory })
    await bundle.close()
    const files = new Map<string, HostedFile>()
    for (const name of await readdir(directory)) {
      files.set(name, {
        type: 'text/javascript',
        content: await readFile(join(directory, name)),
        headers: { 'access-control-allow-origin': '*' },
      })
    }
    const engine = [...files.keys()].find((name) => name.startsWith('engine-'))
    if (!engine) throw new Error('The build made no engine')
    return { engine, files }
  } finally {
    await rm(directory, { recursive: true })
  }
}
