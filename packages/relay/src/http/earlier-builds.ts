import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** A page may have been loaded so long before it asks for a part of the build that it began with, ms. */
export const KEEP_BUILD_MS = 30 * 24 * 3_600_000

export interface KeepBuildOptions {
  /** Where the parts of the build that is served now are, and what they are called. */
  readonly from: string
  readonly names: readonly string[]
  /** Outlives the build. */
  readonly keptIn: string
  /** Wall clock, ms. */
  readonly now: number
}

/**
 * Keep a build's parts beyond the relay that serves it, and tell the names of those that earlier
 * ones left. A page that was loaded before an upgrade asks for its own build's parts, and parts of
 * two builds do not go together.
 *
 * A part's name changes with its content, so what is there already stays. Its time says when
 * another build took its place; 0: none has.
 */
export async function keepBuild(options: KeepBuildOptions): Promise<ReadonlySet<string>> {
  const { from, keptIn, now } = options
  const current = new Set(options.names)
  await mkdir(keptIn, { recursive: true, mode: 0o700 })
  const kept = new Set(await readdir(keptIn))
  for (const name of current) {
    const path = join(keptIn, name)
    if (!kept.has(name)) {
      // Whole or not at all.
      await copyFile(join(from, name), `${path}.new`)
      await rename(`${path}.new`, path)
    }
    await utimes(path, 0, 0)
  }
  const earlier = new Set<string>()
  for (const name of kept) {
    if (current.has(name)) continue
    const path = join(keptIn, name)
    const { mtimeMs: replaced } = await stat(path)
    if (replaced !== 0 && now - replaced > KEEP_BUILD_MS) {
      await rm(path)
      continue
    }
    if (replaced === 0) await utimes(path, now / 1_000, now / 1_000)
    earlier.add(name)
  }
  return earlier
}
