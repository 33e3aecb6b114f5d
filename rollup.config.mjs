import { mkdir, rm, writeFile } from 'node:fs/promises'
import nodeResolve from '@rollup/plugin-node-resolve'
import { transform as lightningcss } from 'lightningcss'
import { transform as oxc } from 'oxc-transform'
import { minify } from 'terser'

// Every bundle of the project, in one list. The relay serves packages/relay/public as it is.

const PUBLIC = 'packages/relay/public'

/**
 * TypeScript and JSX, file by file; types are checked by `pnpm types`. JSX becomes calls of Preact's
 * own `createElement`, which is in every bundle anyway: `preact/jsx-runtime` would be a second one.
 */
const typescript = () => ({
  name: 'typescript',
  async transform(code, id) {
    if (!/\.tsx?$/.test(id)) return null
    const source = id.endsWith('x') ? `import * as JSX_ from 'preact';${code}` : code
    const result = await oxc(id, source, {
      sourcemap: true,
      target: 'es2022',
      jsx: { runtime: 'classic', pragma: 'JSX_.createElement', pragmaFrag: 'JSX_.Fragment' },
      typescript: { onlyRemoveTypeImports: true },
    })
    if (result.errors.length > 0) this.error(result.errors[0].message)
    return { code: result.code, map: result.map }
  },
})

/** `import sheet from './x.css'` gives the minified text, for a constructable sheet. */
const cssText = () => ({
  name: 'css-text',
  transform(code, id) {
    if (!id.endsWith('.css')) return null
    const result = lightningcss({ filename: id, code: Buffer.from(code), minify: true })
    // A nested selector that begins with a name needs no `&` before it.
    const text = result.code.toString().replace(/(?<=[{},;])& (?=[\w:[])/g, '')
    return {
      code: `export default ${JSON.stringify(text)}`,
      map: { mappings: '' },
      moduleSideEffects: false,
    }
  },
})

const minified = (module) => ({
  name: 'minified',
  async renderChunk(code) {
    const result = await minify(code, {
      module,
      ecma: 2020,
      compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true },
      format: { comments: false },
    })
    return { code: result.code, map: null }
  },
})

const plugins = (module) => [
  cssText(),
  nodeResolve({ extensions: ['.mjs', '.js', '.ts', '.tsx'], browser: true }),
  typescript(),
  minified(module),
]

/** Files are named by their content: those of an earlier build must not stay beside the new ones. */
const emptied = (dir) => ({
  name: 'emptied',
  async buildStart() {
    await rm(dir, { recursive: true, force: true })
  },
})

/** Says which file each entry became, so that the relay need not guess hashed names. */
const manifest = (file) => ({
  name: 'manifest',
  async writeBundle(options, bundle) {
    const entries = {}
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !chunk.isEntry) continue
      entries[chunk.name] = { file: chunk.fileName, imports: chunk.imports }
    }
    await mkdir(options.dir, { recursive: true })
    await writeFile(`${options.dir}/${file}`, `${JSON.stringify(entries, null, 2)}\n`)
  },
})

const onwarn = (warning, warn) => {
  // preact and signals mark themselves free of side effects in ways rollup need not repeat.
  if (warning.code === 'MODULE_LEVEL_DIRECTIVE') return
  warn(warning)
}

export default [
  // The script tag: one classic script, the site's settings put in by the relay.
  {
    input: 'packages/widget/src/loader/loader.ts',
    output: { file: `${PUBLIC}/widget/loader.js`, format: 'iife', generatedCode: 'es2015' },
    treeshake: { preset: 'smallest' },
    plugins: plugins(false),
    onwarn,
  },
  // What is fetched later: engine at idle, panel at first open, locales on demand.
  {
    input: {
      engine: 'packages/widget/src/engine/engine.ts',
    },
    output: {
      dir: `${PUBLIC}/widget/assets`,
      format: 'es',
      // Nobody looks at a namespace's tag, or changes one.
      generatedCode: { preset: 'es2015', symbols: false },
      freeze: false,
      hoistTransitiveImports: false,
      entryFileNames: '[name]-[hash].js',
      chunkFileNames: '[name]-[hash].js',
    },
    // What the panel shares with the engine stays in the engine's own file: one request less.
    preserveEntrySignatures: 'allow-extension',
    treeshake: { preset: 'smallest' },
    plugins: [emptied(`${PUBLIC}/widget/assets`), ...plugins(true), manifest('manifest.json')],
    onwarn,
  },
  {
    input: { console: 'packages/console/src/main.tsx' },
    output: {
      dir: `${PUBLIC}/console`,
      format: 'es',
      generatedCode: 'es2015',
      entryFileNames: '[name]-[hash].js',
      chunkFileNames: '[name]-[hash].js',
    },
    // @preact/signals hooks itself into preact when it is imported; that effect has to stay.
    plugins: [emptied(`${PUBLIC}/console`), ...plugins(true), manifest('manifest.json')],
    onwarn,
  },
]
