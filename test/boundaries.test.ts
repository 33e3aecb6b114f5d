import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

/**
 * The arrows between the rooms, read from the import lines: what may be imported from where, and
 * what of it only as a type. A type costs a visitor nothing, so it crosses more walls than a value.
 */

const ROOT = join(import.meta.dirname, '..')
const SOURCES = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT })
const MODULES = SOURCES.filter((file) => !/\.test\.tsx?$|\.d\.ts$/.test(file))

interface Import {
  readonly file: string
  /** A path from the root for our own files and packages, else the name as written. */
  readonly target: string
  /** `import type`, or every name in the braces is marked so. */
  readonly typeOnly: boolean
  /** `import()`: fetched later, and no part of this file's download. */
  readonly later: boolean
}

const PACKAGE = /^@homing\/([a-z]+)(.*)$/

const imports = MODULES.flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), 'utf8')))

function importsOf(file: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean, later: boolean) =>
    found.push({ file, target: resolved(file, specifier), typeOnly, later })

  // `import a from 'x'` and `export { a } from 'x'`, over several lines too; then `import 'x'`.
  const named = /^\s*(?:import|export)\b([\w$*{},\s]+?)\bfrom\s*(['"])([^'"\n]+)\2/gm
  for (const [, clause = '', , specifier = ''] of code.matchAll(named)) {
    add(specifier, isTypeOnly(clause.trim()), false)
  }
  for (const [, , specifier = ''] of code.matchAll(/^\s*import\s*(['"])([^'"\n]+)\1/gm)) {
    add(specifier, false, false)
  }
  for (const [, , specifier = ''] of code.matchAll(/\bimport\(\s*(['"`])([^'"`\n]+)\1/g)) {
    add(specifier, false, true)
  }
  return found
}

function isTypeOnly(clause: string): boolean {
  if (/^type\s+(?!,)/.test(clause)) return true
  const names = /^\{([^}]*)\}$/.exec(clause)?.[1]
  const listed = names?.split(',').filter((name) => name.trim() !== '') ?? []
  return listed.length > 0 && listed.every((name) => /^\s*type\s/.test(name))
}

function resolved(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  const [, name, rest] = PACKAGE.exec(specifier) ?? []
  return name === undefined ? specifier : `packages/${name}${rest || '/src/index.ts'}`
}

const from = (folder: string) =>
  imports.filter(({ file }) => file.startsWith(`packages/${folder}/`))
const into = (target: string, folder: string) => target.startsWith(`packages/${folder}/`)
const isForeign = (target: string) => !target.startsWith('packages/')
const isPackage = (target: string, ...names: string[]) =>
  names.some((name) => target === name || target.startsWith(`${name}/`))
const told = (wrong: readonly Import[]) => wrong.map(({ file, target }) => `${file} → ${target}`)

describe('the reader of import lines', () => {
  const read = (source: string) =>
    importsOf('packages/widget/src/engine/a.ts', source).map(
      ({ target, typeOnly, later }) =>
        `${target}${typeOnly ? ' type' : ''}${later ? ' later' : ''}`,
    )

  test.each([
    ["import { h } from 'preact'", ['preact']],
    ["import 'preact'", ['preact']],
    ["import * as all from '@homing/core'", ['packages/core/src/index.ts']],
    ["import type { Body } from '@homing/core'", ['packages/core/src/index.ts type']],
    ["import { type Body, type Entry } from '@homing/core'", ['packages/core/src/index.ts type']],
    ["import { type Body, newId } from '@homing/core'", ['packages/core/src/index.ts']],
    ["import {\n  one,\n  two,\n} from '../panel/b.ts'", ['packages/widget/src/panel/b.ts']],
    ["export * from './c.ts'", ['packages/widget/src/engine/c.ts']],
    ["const p = import('../panel/p.tsx')", ['packages/widget/src/panel/p.tsx later']],
    ["// import { h } from 'preact'\n/* import 'preact' */", []],
    ["export const a = 'from'", []],
  ])('reads %j', (source, expected) => {
    expect(read(source)).toEqual(expected)
  })

  test('finds every package', () => {
    for (const name of ['core', 'widget', 'relay', 'console']) {
      expect(from(name).length, name).toBeGreaterThan(0)
    }
  })
})

describe('the arrows: widget → core ← relay, console → core', () => {
  test('core imports nothing but itself', () => {
    expect(told(from('core').filter(({ target }) => !into(target, 'core/src')))).toEqual([])
  })

  test('core is compiled without DOM and Node types', () => {
    const base = config('tsconfig.base.json')
    const core = config('packages/core/tsconfig.json')
    expect(core.lib ?? base.lib).toEqual([expect.stringMatching(/^es\d+$/)])
    expect(core.types ?? base.types).toEqual([])
  })

  test('widget, relay and console never import one another', () => {
    const houses = ['widget', 'relay', 'console']
    for (const house of houses) {
      const others = houses.filter((other) => other !== house)
      const wrong = from(house).filter(({ target }) => others.some((other) => into(target, other)))
      expect(told(wrong)).toEqual([])
    }
  })

  test('core is entered by its one door', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        !into(file, 'core') && into(target, 'core') && target !== 'packages/core/src/index.ts',
    )
    expect(told(wrong)).toEqual([])
  })

  test('a page imports nothing of Node', () => {
    const wrong = [...from('widget'), ...from('console')].filter(({ target }) =>
      target.startsWith('node:'),
    )
    expect(told(wrong)).toEqual([])
  })
})

describe('in the widget a folder is a download moment', () => {
  const values = (folder: string) =>
    from(`widget/src/${folder}`).filter(({ typeOnly, later }) => !typeOnly && !later)

  test('the loader imports no package at all, and of core only types', () => {
    const wrong = values('loader').filter(
      ({ target }) => isForeign(target) || !into(target, 'widget'),
    )
    expect(told(wrong)).toEqual([])
  })

  test('the loader brings in neither engine nor panel', () => {
    const wrong = values('loader').filter(
      ({ target }) => into(target, 'widget/src/engine') || into(target, 'widget/src/panel'),
    )
    expect(told(wrong)).toEqual([])
  })

  test('the engine knows no preact, only signals-core', () => {
    const wrong = from('widget/src/engine').filter(({ target }) =>
      isPackage(target, 'preact', '@preact/signals'),
    )
    expect(told(wrong)).toEqual([])
  })

  test('the engine fetches the panel later, never with itself', () => {
    const wrong = values('engine').filter(({ target }) => into(target, 'widget/src/panel'))
    expect(told(wrong)).toEqual([])
  })

  test('the panel takes only types from the engine', () => {
    const wrong = from('widget/src/panel').filter(
      ({ target, typeOnly }) => into(target, 'widget/src/engine') && !typeOnly,
    )
    expect(told(wrong)).toEqual([])
  })

  test("the browser's edges know neither panel nor preact", () => {
    const wrong = from('widget/src/platform').filter(
      ({ target }) =>
        into(target, 'widget/src/panel') || isPackage(target, 'preact', '@preact/signals'),
    )
    expect(told(wrong)).toEqual([])
  })
})

describe('in every package', () => {
  test('no source imports a test', () => {
    const wrong = imports.filter(
      ({ target }) => /\.test\.tsx?$/.test(target) || /^packages\/[a-z]+\/test\//.test(target),
    )
    expect(told(wrong)).toEqual([])
  })

  test('a relative import stays within its package', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [, home] = file.split('/')
      return !isForeign(target) && !into(target, `${home}/src`) && !into(target, 'core/src')
    })
    expect(told(wrong)).toEqual([])
  })

  test('a package that is imported is a declared dependency', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (target.startsWith('node:') || !isForeign(target)) return false
      const [, home = ''] = file.split('/')
      const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/')
      return !dependenciesOf(home).includes(name)
    })
    expect(told(wrong)).toEqual([])
  })
})

interface CompilerOptions {
  readonly lib?: readonly string[]
  readonly types?: readonly string[]
}

function config(path: string): CompilerOptions {
  const parsed: { compilerOptions: CompilerOptions } = JSON.parse(
    readFileSync(join(ROOT, path), 'utf8'),
  )
  return parsed.compilerOptions
}

function dependenciesOf(home: string): readonly string[] {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(
    readFileSync(join(ROOT, 'packages', home, 'package.json'), 'utf8'),
  )
  return ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  )
}
