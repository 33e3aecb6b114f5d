import { serveStatic } from '@hono/node-server/serve-static'
import type { Hono } from 'hono'

/**
 * Puts the shop's pages under /shop/ of the relay's own listener. They go out under the strict
 * policy that a careful shop would set, so the demo also shows that the widget asks for none of
 * the usual holes: no inline code, no inline style, no foreign origin.
 */
export function mountShop(app: Hono): void {
  app.get('/', (context) => context.redirect('/shop/'))
  app.get('/shop', (context) => context.redirect('/shop/'))
  app.use('/shop/*', async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
  })
  app.get(
    '/shop/*',
    serveStatic({
      root: `${import.meta.dirname}/public`,
      rewriteRequestPath: (path) => path.slice('/shop'.length),
    }),
  )
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  // Whoever edits a page sees it at the next reload.
  'cache-control': 'no-cache',
}
