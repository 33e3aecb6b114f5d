import type { Hono } from 'hono'

/**
 * A POST that pages of any origin may send. The secret is in the body and no cookie is ever read for
 * another origin, so any may ask; which may speak for a site, what is asked decides.
 */
export function openToPages(app: Hono, path: string): void {
  app.use(path, async (context, next) => {
    context.header('access-control-allow-origin', '*')
    context.header('cache-control', 'no-store')
    await next()
  })

  app.options(path, (context) => {
    context.header('access-control-allow-methods', 'POST')
    context.header('access-control-allow-headers', 'content-type')
    context.header('access-control-max-age', '86400')
    return context.body(null, 204)
  })
}
