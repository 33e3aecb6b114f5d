import { serveStatic } from '@hono/node-server/serve-static'
import type { Hono } from 'hono'

/**
 * Puts the shop's pages under /shop/ of the relay's own listener. They go out under the strict
 * policy that a careful shop would set, so the demo also shows that the widget asks for none of
 * the usual holes: no inline code, no inline style, no origin but the relay's. That one is named,
 * as a shop may be opened by another name (127.0.0.1) than the one the relay goes by.
 */
export function mountShop(app: Hono, relay: () => string): void {
  app.get('/', (context) => context.redirect('/shop/'))
  app.get('/shop', (context) => context.redirect('/shop/'))
  app.use('/shop/*', async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(headers(relay()))) context.header(name, value)
  })
  app.get(
    '/shop/*',
    serveStatic({
      root: `${import.meta.dirname}/public`,
      rewriteRequestPath: (path) => path.slice('/shop'.length),
    }),
  )
}

const headers = (relay: string): Readonly<Record<string, string>> => ({
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' ${relay}`,
    "style-src 'self'",
    `img-src 'self' ${relay}`,
    `connect-src ${relay} ${relay.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  // Whoever edits a page sees it at the next reload.
  'cache-control': 'no-cache',
})
