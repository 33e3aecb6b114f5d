import { Hono } from 'hono'
import type { RawWebhook } from '../connectors/connector.ts'
import type { Inbound } from '../inbound/inbound.ts'
import { readLimited } from './limit-body.ts'

/** Largest webhook, bytes. */
export const MAX_WEBHOOK_BYTES = 1_000_000

/**
 * /v1/hooks/:connector: the raw bytes go on as they came, for signatures are over them. Posted, but
 * for the far sides that first ask with a GET or a HEAD whether we are there.
 */
export function webhookRoutes(inbound: Pick<Inbound, 'receive'>, publicUrl: string): Hono {
  const app = new Hono()
  app.on(['GET', 'HEAD', 'POST'], '/v1/hooks/:connector', async (context) => {
    const body = await readLimited(context, MAX_WEBHOOK_BYTES)
    if (!body) {
      const message = `a webhook has at most ${MAX_WEBHOOK_BYTES} bytes`
      return context.json({ error: { code: 'too_large', message, retryable: false } }, 413)
    }
    const request: RawWebhook = {
      method: context.req.method as RawWebhook['method'],
      headers: context.req.header(),
      // As the far side called it: what it reached is behind a proxy, and some sign the address.
      url: publicUrl + context.req.url.slice(new URL(context.req.url).origin.length),
      body,
    }
    const answer = await inbound.receive(context.req.param('connector'), request)
    if (answer.reply) {
      const { status, contentType, body: text } = answer.reply
      return context.body(text, status, { 'content-type': contentType })
    }
    if (answer.status === 204) return context.body(null, 204)
    return context.json(answer.body, answer.status)
  })
  return app
}
