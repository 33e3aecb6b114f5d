import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import type { Log } from '../log.ts'
import { createErrorHandler } from './errors.ts'

export interface AppOptions {
  /** One per audience, each with its own headers; the first that knows an address answers. */
  readonly routes: readonly Pick<Hono, 'routes'>[]
  readonly log: Log
  /** Further routes of whoever embeds the relay. */
  readonly mount: ((app: Hono) => void) | undefined
}

/** The relay's HTTP side, put together. */
export function createApp({ routes, log, mount }: AppOptions): Hono {
  const app = new Hono()
  for (const part of routes) app.route('/', part as Hono)
  mount?.(app)
  app.notFound(() => {
    throw new HomingError('not_found', 'There is nothing at this address.')
  })
  app.onError(createErrorHandler(log))
  return app
}
