import { Hono } from 'hono'
import type { RawWebhook } from '../connectors/connector.ts'
import type { Inbound } from '../deliveries/inbound.ts'
import { readLimited } from './limit-body.ts'

/** Largest webhook, bytes. */
export const MAX_WEBHOOK_BYTES = 1_000_000

/** POST /v1/hooks/:connector: the raw bytes go on as they came, for signatures are over them. */
export function webhookRoutes(inbound: Pick<Inbound, 'receive'>): Hono {
  const app = new Hono()
  app.post('/v1/hooks/:connector', async (context) => {
    const body = await readLimited(context, MAX_WEBHOOK_BYTES)
    if (!body) {
      const message = `a webhook has at most ${MAX_WEBHOOK_BYTES} bytes`
      return context.json({ error: { code: 'too_large', message, retryable: false } }, 413)
    }
    const request: RawWebhook = {
      method: 'POST',
      headers: context.req.header(),
      url: context.req.url,
      body,
    }
    const answer = await inbound.receive(context.req.param('connector'), request)
    return context.json(answer.body, answer.status)
  })
  return app
}
