import { join } from 'node:path'

import { rollup } from 'rollup'
import type { Plugin } from 'rollup'
import { loadConfigFile } from 'rollup/loadConfigFile'

const CONFIG = join(import.meta.dirname, '../../rollup.config.mjs')
const SHIM = join(import.meta.dirname, 'vitest.ts')

/** One classic script of a page entry, made as the widget's own bundles are, with `vitest` replaced. */
export async function bundleForPage(entry: string): Promise<string> {
  const { options } = await loadConfigFile(CONFIG, {})
  const plugins = (options[0]?.plugins ?? []) as readonly Plugin[]
  const build = await rollup({
    input: entry,
    plugins: [
      {
        name: 'vitest-in-page',
        resolveId: (source) => (source === 'vitest' ? SHIM : null),
      },
      ...plugins.filter(({ name }) => name !== 'minified' && name !== 'manifest'),
    ],
  })
  const { output } = await build.generate({ format: 'iife' })
  await build.close()
  return output[0].code
}
