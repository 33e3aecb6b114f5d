import { parseArgs } from 'node:util'
import { parseConfig } from '../config.ts'
import { DEFAULT_APPEARANCE, readSite } from '../sites/read-site.ts'
import type { Site } from '../store/store.ts'
import type { Command } from './command.ts'
import { UsageError } from './command.ts'
import { openSiteBook } from './site-book.ts'

const OPTIONS = {
  name: { type: 'string' },
  origin: { type: 'string', multiple: true },
  accent: { type: 'string' },
  side: { type: 'string' },
  scheme: { type: 'string' },
  greeting: { type: 'string' },
  locale: { type: 'string' },
} as const

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

/** `site list`, `site add KEY …`, `site set KEY …`: what is not named stays as it was. */
export const runSite: Command = async ({ args, environment, print }) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  })
  const [verb, key = ''] = positionals
  if (verb !== 'list' && verb !== 'add' && verb !== 'set') {
    throw new UsageError('Say what to do: homing site list, add or set.')
  }
  const config = parseConfig(environment)
  const book = await openSiteBook(config)
  try {
    const sites = await book.all()
    if (verb === 'list') {
      for (const site of sites) print(lineOf(site))
      return 0
    }
    const known = sites.find((site) => site.key === key)
    if (verb === 'add' && known) throw new UsageError(`${key} is there already. Use "site set".`)
    if (verb === 'set' && !known) throw new UsageError(`There is no site ${key}. Use "site add".`)
    const read = readSite(merge(key, known, values))
    if (!read.ok) throw new UsageError(read.problems.join('\n'))
    await book.save(read.site)
    print(lineOf(read.site))
    if (verb === 'add') {
      const relay = config.publicUrl ?? `http://localhost:${config.port}`
      print(`\nPut this on its pages:\n<script async src="${relay}/widget/${key}.js"></script>`)
    }
    return 0
  } finally {
    await book.close()
  }
}

function merge(key: string, known: Site | undefined, values: Options): unknown {
  const { name, origin, accent, side, scheme, greeting, locale } = values
  const set = Object.entries({ accent, side, scheme, greeting }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    ...known,
    key,
    ...(name === undefined ? {} : { name }),
    ...(origin === undefined ? {} : { origins: origin }),
    ...(locale === undefined ? {} : { locale }),
    appearance: { ...(known?.appearance ?? DEFAULT_APPEARANCE), ...Object.fromEntries(set) },
  }
}

function lineOf({ key, name, origins }: Site): string {
  return `${key}  ${name}  ${origins.join(' ')}`
}
