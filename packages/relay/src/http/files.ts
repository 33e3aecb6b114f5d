import { Hono } from 'hono'
import type { Files } from '../files/files.ts'

/** Shown in place; everything else is saved, for a page of somebody's must not run as ours. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** GET /v1/files/:id/:name: what came with messages. The id is the permission. */
export function filesRoutes(files: Pick<Files, 'read'>): Hono {
  const app = new Hono()
  app.get('/v1/files/:id/:name?', async (context) => {
    const found = await files.read(context.req.param('id'))
    if (!found) {
      const error = { code: 'not_found', message: 'there is no such file', retryable: false }
      return context.json({ error }, 404)
    }
    const { file, bytes } = found
    const disposition = SHOWN.has(file.type) ? 'inline' : 'attachment'
    return context.body(Uint8Array.from(bytes), 200, {
      'content-type': file.type,
      'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      'cache-control': 'private, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
    })
  })
  return app
}
