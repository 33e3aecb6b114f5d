import type { Clock } from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { html } from 'hono/html'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { MailLinks } from '../conversation/mail-links.ts'
import { STOP_PATH } from '../conversation/person-links.ts'
import type { Limits } from '../limits/limits.ts'
import type { VisitorWords } from '../mail/visitor-words.ts'
import { fill, visitorWords } from '../mail/visitor-words.ts'
import { leftAddress } from '../store/left-address.ts'
import type { Store } from '../store/store.ts'

/**
 * The end of mails to an address, by a link in one of them. Following the link only asks, for mail
 * scanners follow links too; the POST does it, by the page's button or the mail program's (RFC 8058).
 */
export interface StopMailsOptions {
  readonly store: Pick<Store, 'conversation' | 'thread' | 'optAllOut'>
  readonly mailLinks: Pick<MailLinks, 'readStop'>
  readonly connectors: ReadonlyMap<string, Pick<ConfiguredConnector, 'id' | 'site'>>
  readonly sites: { get(key: string): Promise<{ readonly name: string } | undefined> }
  readonly clock: Pick<Clock, 'now'>
  readonly limits: Pick<Limits, 'mailLink'>
  readonly ipOf: (context: Context) => string
}

/** Nobody knows whose it might be, and so in which language. */
const NOT_OURS = 'This link is not one of ours.'

interface Found {
  readonly connector: string
  /** Absent: mails of this conversation go to another one by now. */
  readonly address?: string
  /** As people call it. */
  readonly site: string
  readonly words: VisitorWords
}

export function stopMailsRoutes(options: StopMailsOptions): Hono {
  const { store, mailLinks, connectors, sites, clock, limits, ipOf } = options
  const app = new Hono()

  const find = async (context: Context): Promise<Found | undefined> => {
    limits.mailLink.demand(ipOf(context))
    const connector = connectors.get(context.req.param('connector') ?? '')
    if (!connector) return undefined
    const { id, site } = connector
    const code = context.req.param('code') ?? ''
    const stop = mailLinks.readStop(code, { site, connector: id })
    if (!stop) return undefined
    const [found, card, thread] = await Promise.all([
      store.conversation(stop.conversation),
      sites.get(site),
      store.thread(id, stop.conversation),
    ])
    const words = visitorWords(found?.visitor.locale)
    const address = leftAddress(thread)
    return {
      connector: id,
      site: card?.name ?? '',
      words,
      ...(address !== undefined && stop.isOf(address) ? { address } : {}),
    }
  }

  const page = (
    context: Context,
    { locale }: Pick<VisitorWords, 'locale'>,
    title: string,
    rest: unknown,
  ): Response | Promise<Response> => {
    context.header('content-security-policy', POLICY)
    context.header('referrer-policy', 'no-referrer')
    context.header('cache-control', 'no-store')
    return context.html(
      html`<!doctype html>
        <html lang="${locale}">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="robots" content="noindex" />
            <title>${title}</title>
            <style>
              ${STYLE}
            </style>
          </head>
          <body>
            <main>
              <h1>${title}</h1>
              ${rest}
            </main>
          </body>
        </html>`,
    )
  }

  const ended = (context: Context): Response | Promise<Response> => {
    context.status(404)
    return page(context, { locale: 'en' }, NOT_OURS, '')
  }

  app.get(STOP_PATH, async (context) => {
    const found = await find(context)
    if (!found) return ended(context)
    const { words, site } = found
    const asked = html`<p>${fill(words.stopMeans, { site })}</p>
      <form method="post"><button>${words.stopButton}</button></form>`
    return page(context, words, words.stopAsk, asked)
  })

  app.post(STOP_PATH, async (context) => {
    const found = await find(context)
    if (!found) return ended(context)
    const { words, site, connector, address } = found
    if (address !== undefined) await store.optAllOut(connector, address, clock.now())
    return page(context, words, words.stopped, html`<p>${fill(words.stoppedMeans, { site })}</p>`)
  })

  return app
}

const STYLE = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
main{max-width:26rem;padding:2rem}
h1{font-size:1.4rem;margin:0 0 .5rem}
p{margin:0 0 1.25rem}
button{font:inherit;font-weight:600;padding:.7rem 1.2rem;border:0;border-radius:.6rem;background:CanvasText;color:Canvas;cursor:pointer}`

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
