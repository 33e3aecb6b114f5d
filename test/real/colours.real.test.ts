import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import type { StaticHost } from '../static-host.ts'
import { openStaticHost } from '../static-host.ts'

/** The colours that the styles make of a site's one colour, as each engine paints them. */

const SOURCES = ['loader/host.css', 'loader/launcher.css', 'panel/panel.css']
const ACCENTS = [
  '#a8482b',
  '#ffd21f',
  '#ffffff',
  '#000000',
  '#1d1a18',
  '#777777',
  '#00ff00',
  '#0000ff',
  '#ff0000',
  '#ff00ff',
  '#00ffff',
  '#757575',
  '#767676',
  '#4400ff',
  '#00a884',
  '#8899cc',
]
/** WCAG 2.2 AA for text, and what is enough to see where a bubble ends. */
const TEXT_CONTRAST = 4.5
const EDGE_CONTRAST = 1.25
/** Two browsers round a channel differently by one. */
const ROUNDING = 0.05

const COLOURS = ['site', 'on-site', 'accent', 'accent-text', 'accent-soft', 'surface', 'raised']
const GREYS = ['ink', 'muted', 'danger']

type Painted = Readonly<Record<string, readonly number[]>>

let host: StaticHost
beforeAll(async () => {
  const css = await Promise.all(
    SOURCES.map((path) => readFile(`packages/widget/src/${path}`, 'utf8')),
  )
  const body = `<script>
    const host = document.createElement('homing-widget')
    const root = host.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(${JSON.stringify(css.join('\n'))})
    root.adoptedStyleSheets = [sheet]
    const frame = document.createElement('div')
    frame.setAttribute('part', 'frame')
    const swatch = document.createElement('div')
    frame.append(swatch)
    root.append(frame)
    document.documentElement.append(host)
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    window.paint = (site, scheme, names) => {
      host.style.setProperty('--site', site)
      frame.dataset.scheme = scheme
      return Object.fromEntries(names.map((name) => {
        swatch.style.background = 'var(--' + name + ')'
        canvas.fillStyle = getComputedStyle(swatch).backgroundColor
        canvas.fillRect(0, 0, 1, 1)
        return [name, [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)]]
      }))
    }
  </script>`
  host = await openStaticHost({ '/': { body } })
})
afterAll(() => host.close())

describeEngines('a site’s colour', (open) => {
  it('can be read on and beside, in both schemes', async () => {
    const tab = await (await open()).open(`${host.origin}/`)
    for (const scheme of ['light', 'dark'] as const) {
      for (const site of ACCENTS) {
        const painted = (await tab.evaluate(
          (...[wanted, shade, names]: readonly [string, string, readonly string[]]) =>
            (
              window as unknown as {
                paint(site: string, scheme: string, names: readonly string[]): Painted
              }
            ).paint(wanted, shade, names),
          site,
          scheme,
          [...COLOURS, ...GREYS],
        )) as Painted
        const between = (one: string, other: string): number =>
          contrast(painted[one] ?? [], painted[other] ?? [])
        const at = `${site} ${scheme} ${JSON.stringify(painted)}`
        const readable = TEXT_CONTRAST - ROUNDING
        expect.soft(between('on-site', 'site'), at).toBeGreaterThanOrEqual(readable)
        expect.soft(between('on-site', 'accent'), at).toBeGreaterThanOrEqual(readable)
        expect.soft(between('accent', 'surface'), at).toBeGreaterThanOrEqual(EDGE_CONTRAST)
        for (const ground of ['surface', 'raised', 'accent-soft']) {
          for (const text of ['accent-text', 'ink']) {
            expect.soft(between(text, ground), `${text} ${at}`).toBeGreaterThanOrEqual(readable)
          }
        }
        for (const ground of ['surface', 'raised']) {
          for (const text of ['muted', 'danger']) {
            expect.soft(between(text, ground), `${text} ${at}`).toBeGreaterThanOrEqual(readable)
          }
        }
      }
    }
  })
})

function contrast(one: readonly number[], other: readonly number[]): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** As WCAG 2 defines it, of 0 to 255. */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
