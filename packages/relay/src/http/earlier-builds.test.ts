import { mkdtemp, readdir, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEEP_BUILD_MS } from './earlier-builds.ts'
import type { WidgetFiles } from './widget-files.ts'
import { openWidgetFiles } from './widget-files.ts'

const MORNING = Date.UTC(2026, 10, 23, 8)
const DAY_MS = 24 * 3_600_000

let home: string
let faults: unknown[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'homing-builds-'))
  faults = []
})
afterEach(() => rm(home, { recursive: true }))

/** A relay starts with a build of these parts. */
async function start(parts: Record<string, string>, now = MORNING): Promise<WidgetFiles> {
  const directory = join(home, 'public')
  await rm(directory, { recursive: true, force: true })
  await mkdir(join(directory, 'assets'), { recursive: true })
  for (const [name, text] of Object.entries(parts))
    await writeFile(join(directory, 'assets', name), text)
  return openWidgetFiles({
    directory,
    keptIn: join(home, 'data', 'widget'),
    now,
    onError: (cause) => faults.push(cause),
  })
}

const textOf = async (files: WidgetFiles, name: string): Promise<string | undefined> => {
  const asset = await files.asset(name)
  return asset && Buffer.from(asset.bytes).toString()
}

describe('pages that were loaded before an upgrade', () => {
  it('are given the parts of the build that they began with, and others those of the new one', async () => {
    await start({ 'engine-1.js': 'one', 'panel.js': 'same' })
    const files = await start({ 'engine-2.js': 'two', 'panel.js': 'same' })
    expect(await textOf(files, 'engine-1.js')).toBe('one')
    expect(await textOf(files, 'engine-1.js')).toBe('one')
    expect(await textOf(files, 'engine-2.js')).toBe('two')
    expect(await textOf(files, 'panel.js')).toBe('same')
    expect((await files.asset('engine-1.js'))?.type).toContain('javascript')
  })

  it('have a month from the upgrade on, however long the relay ran before it', async () => {
    await start({ 'engine-1.js': 'one' })
    const upgraded = MORNING + 90 * DAY_MS
    await start({ 'engine-2.js': 'two' }, upgraded)
    const later = await start({ 'engine-2.js': 'two' }, upgraded + KEEP_BUILD_MS)
    expect(await textOf(later, 'engine-1.js')).toBe('one')
    const end = await start({ 'engine-2.js': 'two' }, upgraded + KEEP_BUILD_MS + DAY_MS)
    expect(await textOf(end, 'engine-1.js')).toBeUndefined()
    expect(await readdir(join(home, 'data', 'widget'))).toEqual(['engine-2.js'])
  })

  it('have it anew when a build comes back', async () => {
    await start({ 'engine-1.js': 'one' })
    await start({ 'engine-2.js': 'two' })
    await start({ 'engine-1.js': 'one' }, MORNING + KEEP_BUILD_MS)
    const files = await start({ 'engine-2.js': 'two' }, MORNING + KEEP_BUILD_MS + 2 * DAY_MS)
    expect(await textOf(files, 'engine-1.js')).toBe('one')
  })

  it('are given nothing else of that directory', async () => {
    await start({ 'engine-1.js': 'one' })
    await writeFile(join(home, 'data', 'widget', 'panel-1.js.new'), 'half')
    await writeFile(join(home, 'data', 'secret.js'), 'secret')
    const files = await start({ 'engine-2.js': 'two' })
    for (const name of ['panel-1.js.new', '../secret.js', 'nothing.js'])
      expect(await files.asset(name)).toBeUndefined()
  })

  it('a directory that keeps nothing costs them that, and nobody else anything', async () => {
    await writeFile(join(home, 'data'), 'a file where the directory should be')
    const files = await start({ 'engine-1.js': 'one' })
    expect(await textOf(files, 'engine-1.js')).toBe('one')
    expect(faults).toHaveLength(1)
  })
})
