import { Hono } from 'hono'
import type { RawWebhook } from '../connectors/connector.ts'
import type { Inbound } from '../deliveries/inbound.ts'

/** Largest webhook, bytes. */
export const MAX_WEBHOOK_BYTES = 1_000_000

/** POST /v1/hooks/:connector: the raw bytes go on as they came, for signatures are over them. */
export function webhookRoutes(inbound: Pick<Inbound, 'receive'>): Hono {
  const app = new Hono()
  app.post('/v1/hooks/:connector', async (context) => {
    const body = await readLimited(context.req.raw, MAX_WEBHOOK_BYTES)
    if (!body) {
      const message = `a webhook has at most ${MAX_WEBHOOK_BYTES} bytes`
      return context.json({ error: { code: 'too_large', message, retryable: false } }, 413)
    }
    const request: RawWebhook = { headers: context.req.header(), url: context.req.url, body }
    const answer = await inbound.receive(context.req.param('connector'), request)
    return context.json(answer.body, answer.status)
  })
  return app
}

/** Undefined when there is more. What is said in content-length is only believed when it is too much. */
async function readLimited(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined
  const parts: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      return undefined
    }
    parts.push(value)
  }
  return new Uint8Array(Buffer.concat(parts))
}
