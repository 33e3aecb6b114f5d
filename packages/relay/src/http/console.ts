import { HomingError } from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'

import { limitBody } from './limit-body.ts'
import type { Site } from '../store/store.ts'
import type { ConsoleFiles } from './console-files.ts'
import { errorResponse } from './errors.ts'
import type { Identity } from './identity.ts'

/**
 * The console's page and its way in. What the page then does goes through the agents' API and the
 * sync protocol like anything else.
 *
 *   GET  /console              the page: the same few bytes for everyone, signed in or not
 *   GET  /console/link         the same page; the one-time token stays behind the "#"
 *   GET  /console/assets/…     built files, named by their content
 *   GET  /console/me           who is signed in, and the sites there are; 401 for nobody
 *   POST /console/sign-in      {"password"} → 204 and the cookie
 *   POST /console/link         {"token"} → 204 and the cookie; a preview that only reads spends nothing
 *   POST /console/sign-out     204, the cookie is gone
 */
export interface ConsoleOptions {
  readonly identity: Identity
  readonly files: ConsoleFiles
  readonly sites: () => Promise<readonly Pick<Site, 'key' | 'name'>[]>
  /** The address guesses are counted by; it knows the trusted proxies. */
  readonly ipOf: (context: Context) => string
  /** Something failed that is our fault. Never given what somebody typed. */
  readonly onError: (error: unknown) => void
}

/** Body of a sign-in, bytes. */
const MAX_BODY_BYTES = 8 * 1024

/** No inline code, no foreign origin, no frame around it, no string ever turned into code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
}

export function consoleRoutes(options: ConsoleOptions): Hono {
  const { identity, files, sites, ipOf } = options
  const app = new Hono()

  app.use('/console/*', async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    }
  })

  app.use('/console/*', async (context, next) => {
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') {
      if (!identity.fromOwnPage(context.req.raw)) {
        throw new HomingError('origin_not_allowed', 'Only the console’s own page may ask this.')
      }
    }
    await next()
  })

  const page = (context: Context): Response => {
    if (files.script === undefined) {
      return context.text('The console is not built yet. Run "pnpm build".', 503)
    }
    return context.html(shell(files.script))
  }
  app.get('/console', page)
  app.get('/console/link', page)
  app.get('/console/', (context) => context.redirect('/console', 308))

  app.get('/console/assets/:name', (context) => {
    const file = files.get(context.req.param('name'))
    if (file === undefined) throw new HomingError('not_found', 'There is no such file.')
    const brotli = /\bbr\b/.test(context.req.header('accept-encoding') ?? '')
    if (brotli) context.header('content-encoding', 'br')
    context.header('vary', 'accept-encoding')
    context.header('content-type', file.type)
    context.header('cache-control', 'public, max-age=31536000, immutable')
    return context.body(brotli ? file.brotli : file.bytes)
  })

  app.get('/console/me', async (context) => {
    const agent = await identity.agentOf(context.req.raw)
    if (agent === undefined) throw new HomingError('unauthorized', 'Please sign in.')
    const list = await sites()
    return context.json({ agent, sites: list.map(({ key, name }) => ({ key, name })) })
  })

  const limit = limitBody(MAX_BODY_BYTES)

  app.post('/console/sign-in', limit, async (context) => {
    const password = await fieldOf(context, 'password')
    const { cookie } = await identity.signIn(password, ipOf(context), context.req.raw)
    return context.body(null, 204, { 'set-cookie': cookie })
  })

  app.post('/console/link', limit, async (context) => {
    const token = await fieldOf(context, 'token')
    const { cookie } = await identity.redeem(token, ipOf(context), context.req.raw)
    return context.body(null, 204, { 'set-cookie': cookie })
  })

  app.post('/console/sign-out', async (context) => {
    const cookie = await identity.signOut(context.req.raw)
    return context.body(null, 204, { 'set-cookie': cookie })
  })

  app.onError((error, context) => {
    if (!(error instanceof HomingError)) options.onError(error)
    return errorResponse(context, error)
  })
  return app
}

/** The page. It holds nothing about anybody, so one answer is right for all. */
function shell(script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Homing</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<script type="module" src="/console/assets/${encodeURIComponent(script)}"></script>
</head>
<body><noscript>The console needs JavaScript.</noscript></body>
</html>
`
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#3b5bdb"/><path d="M9 10.5A2.5 2.5 0 0 1 11.5 8h9a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H15l-4.2 3.6c-.5.4-1.2.1-1.2-.6z" fill="#fff"/></svg>'

/** One text field of a JSON body. */
async function fieldOf(context: Context, name: string): Promise<string> {
  let body: unknown
  try {
    body = await context.req.json()
  } catch (error) {
    if (error instanceof HomingError) throw error
    throw new HomingError('bad_request', 'The body is not JSON.')
  }
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  if (typeof value !== 'string') {
    throw new HomingError('bad_request', `The body needs a text field "${name}".`)
  }
  return value
}
