import { parseConfig } from '../config.ts'
import type { Command } from './command.ts'
import { UsageError } from './command.ts'
import { openSiteBook } from './site-book.ts'

/** What the Content-Security-Policy of a page with the widget has to allow, and nothing more. */
export const runCsp: Command = async ({ args, environment, print }) => {
  const key = args[0]
  if (key === undefined) throw new UsageError('Say for which site: homing csp pk_…')
  const config = parseConfig(environment)
  const book = await openSiteBook(config)
  try {
    if (!(await book.all()).some((site) => site.key === key)) {
      throw new UsageError(`There is no site ${key}.`)
    }
  } finally {
    await book.close()
  }
  const relay = config.publicUrl ?? `http://localhost:${config.port}`
  for (const line of cspDirectives(relay)) print(line)
  return 0
}

/**
 * Scripts of the widget load one another, so 'strict-dynamic' with a nonce on the script tag does
 * as well as the relay's address. Styles are constructed sheets, which no directive touches.
 */
export function cspDirectives(relay: string): readonly string[] {
  return [
    `script-src ${relay};`,
    // A browser that does not count ws: to the same host wants it said.
    `connect-src ${relay} ${relay.replace(/^http/, 'ws')};`,
    `img-src ${relay};`,
  ]
}
