import { Hono } from 'hono'
import type { Metrics } from '../metrics.ts'
import type { Store, StoreFigures } from '../store/store.ts'

/**
 *   GET /healthz   the process runs
 *   GET /readyz    it can take and keep messages: not draining, and the log can be written
 *   GET /metrics   figures for Prometheus
 */
export interface HealthOptions {
  readonly store: Pick<Store, 'check' | 'figures'>
  readonly metrics: Metrics
  readonly draining: () => boolean
}

export function healthRoutes({ store, metrics, draining }: HealthOptions): Hono {
  const app = new Hono()
  let figures: StoreFigures | undefined

  metrics.gauge(
    'homing_conversations',
    'Conversations in the log',
    () => figures?.conversations ?? 0,
  )
  metrics.gauge('homing_entries', 'Entries in the log', () => figures?.entries ?? 0)
  metrics.gauge('homing_deliveries', 'Deliveries by state', () =>
    Object.entries(figures?.deliveries ?? {}).map(([state, value]) => ({
      labels: { state },
      value,
    })),
  )

  app.use('*', async (context, next) => {
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
    await next()
  })

  app.get('/healthz', (context) => context.text('ok\n'))

  app.get('/readyz', async (context) => {
    if (draining()) return context.text('draining\n', 503)
    try {
      await store.check()
    } catch {
      // Why is in the log; an answer to anybody does not tell about the disk.
      return context.text('the log is not available\n', 503)
    }
    return context.text('ready\n')
  })

  app.get('/metrics', async (context) => {
    figures = await store.figures()
    return context.body(metrics.text(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  })
  return app
}
