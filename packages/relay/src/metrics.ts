/**
 * Counters, gauges and histograms in Prometheus' text form. Labels are words of the code
 * (a role, an error code, a connector's id), never ids of people: each pair makes a series.
 */
export interface Metrics {
  /** The same name twice gives the same series. */
  counter(name: string, help: string): Counter
  /** A value asked for when the page is. */
  gauge(name: string, help: string, read: () => number | readonly Sample[]): void
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  text(): string
}

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export interface Counter {
  add(labels?: Labels, by?: number): void
}

export interface Histogram {
  /** `value` in the unit that the name ends with, e.g. seconds. */
  observe(value: number): void
}

/** Series of one counter; labels beyond are counted together, so that a mistake cannot eat the memory. */
const MAX_SERIES = 200

interface Family {
  readonly head: string
  lines(): readonly string[]
}

export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()

  const add = (name: string, kind: string, help: string, lines: () => readonly string[]): void => {
    families.set(name, { head: `# HELP ${name} ${help}\n# TYPE ${name} ${kind}`, lines })
  }

  return {
    counter(name, help) {
      const known = counters.get(name)
      if (known) return known
      const values = new Map<string, number>([['', 0]])
      const counter: Counter = {
        add(labels = {}, by = 1) {
          const wanted = labelText(labels)
          const series =
            values.has(wanted) || values.size < MAX_SERIES ? wanted : '{overflow="true"}'
          values.set(series, (values.get(series) ?? 0) + by)
        },
      }
      counters.set(name, counter)
      add(name, 'counter', help, () =>
        [...values]
          // The bare series only stands for a counter without labels.
          .filter(([series, value]) => series !== '' || value > 0 || values.size === 1)
          .map(([series, value]) => `${name}${series} ${value}`),
      )
      return counter
    },

    gauge(name, help, read) {
      add(name, 'gauge', help, () => {
        const value = read()
        if (typeof value === 'number') return [`${name} ${value}`]
        return value.map((sample) => `${name}${labelText(sample.labels)} ${sample.value}`)
      })
    },

    histogram(name, help, bounds) {
      const known = histograms.get(name)
      if (known) return known
      const counts = bounds.map(() => 0)
      let count = 0
      let sum = 0
      const histogram: Histogram = {
        observe(value) {
          count++
          sum += value
          // Prometheus' buckets are cumulative: each holds all that is at most its bound.
          for (let i = 0; i < bounds.length; i++) {
            if (value <= (bounds[i] ?? 0)) counts[i] = (counts[i] ?? 0) + 1
          }
        },
      }
      histograms.set(name, histogram)
      add(name, 'histogram', help, () => [
        ...bounds.map((bound, i) => `${name}_bucket{le="${bound}"} ${counts[i]}`),
        `${name}_bucket{le="+Inf"} ${count}`,
        `${name}_sum ${sum}`,
        `${name}_count ${count}`,
      ])
      return histogram
    },

    text() {
      return [...families.values()]
        .map((family) => `${[family.head, ...family.lines()].join('\n')}\n`)
        .join('')
    },
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels)
  if (pairs.length === 0) return ''
  return `{${pairs.map(([name, value]) => `${name}="${escape(value)}"`).join()}}`
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
