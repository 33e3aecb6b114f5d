import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('counters, gauges and histograms in Prometheus’ text form', () => {
  const metrics = createMetrics()
  const entries = metrics.counter('homing_entries_total', 'Entries.')
  entries.add({ role: 'visitor' })
  entries.add({ role: 'visitor' }, 2)
  metrics.counter('homing_quiet_total', 'Never.')
  metrics.gauge('homing_links', 'Links.', () => 3)
  metrics.gauge('homing_deliveries', 'By state.', () => [{ labels: { state: 'due' }, value: 1 }])
  const seconds = metrics.histogram('homing_send_seconds', 'Sends.', [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value)
  expect(metrics.text()).toBe(`# HELP homing_entries_total Entries.
# TYPE homing_entries_total counter
homing_entries_total{role="visitor"} 3
# HELP homing_quiet_total Never.
# TYPE homing_quiet_total counter
homing_quiet_total 0
# HELP homing_links Links.
# TYPE homing_links gauge
homing_links 3
# HELP homing_deliveries By state.
# TYPE homing_deliveries gauge
homing_deliveries{state="due"} 1
# HELP homing_send_seconds Sends.
# TYPE homing_send_seconds histogram
homing_send_seconds_bucket{le="0.1"} 2
homing_send_seconds_bucket{le="1"} 3
homing_send_seconds_bucket{le="+Inf"} 4
homing_send_seconds_sum 7.65
homing_send_seconds_count 4
`)
})

test('the same name is the same series, and a label cannot break out of its quotes', () => {
  const metrics = createMetrics()
  metrics.counter('homing_a_total', 'A.').add({ code: 'x"\n\\' })
  metrics.counter('homing_a_total', 'A.').add({ code: 'x"\n\\' })
  expect(metrics.text()).toContain('homing_a_total{code="x\\"\\n\\\\"} 2\n')
})

test('labels without end are counted together and do not eat the memory', () => {
  const metrics = createMetrics()
  const counter = metrics.counter('homing_a_total', 'A.')
  for (let i = 0; i < 1_000; i++) counter.add({ id: String(i) })
  expect(metrics.text().split('\n').length).toBeLessThan(300)
  expect(metrics.text()).toContain('{overflow="true"}')
})
