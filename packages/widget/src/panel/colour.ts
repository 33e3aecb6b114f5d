import { inkOn, luminance } from '../loader/ink.ts'

/** What the panel is painted with that depends on the site's accent. All are "#rrggbb". */
export interface Palette {
  /** Own bubbles and the send button. */
  readonly accent: string
  /** Text on the accent. */
  readonly ink: string
  /** The accent as text, on the panel and on the other side's bubbles. */
  readonly text: string
  /** A breath of the accent, behind avatars and the header. */
  readonly soft: string
}

/** The two grounds of panel.css, darkest and lightest text ground of each scheme. */
const GROUND = {
  light: { surface: '#fffdfa', raised: '#f4f0ea' },
  dark: { surface: '#1d1a18', raised: '#2c2825' },
} as const

/** WCAG 2.2 AA for text. */
const TEXT_CONTRAST = 4.5
/** Enough to see where a bubble ends: an accent of the ground's own colour is moved away from it. */
const EDGE_CONTRAST = 1.35
const FALLBACK_ACCENT = '#4b4540'

export function paletteOf(accent: string, scheme: 'light' | 'dark'): Palette {
  const ground = GROUND[scheme]
  const wanted = /^#[\da-f]{6}$/i.test(accent) ? accent : FALLBACK_ACCENT
  const seen = apart(wanted, ground.surface, EDGE_CONTRAST)
  const soft = mix(ground.surface, seen, scheme === 'light' ? 0.1 : 0.16)
  const far =
    luminance(ground.raised) > luminance(soft) === (scheme === 'light') ? soft : ground.raised
  return { accent: seen, ink: inkOn(seen), text: apart(seen, far, TEXT_CONTRAST), soft }
}

export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** The colour, moved away from the ground in small steps until the contrast is enough. */
function apart(colour: string, ground: string, enough: number): string {
  const pole = luminance(ground) > 0.18 ? '#000000' : '#ffffff'
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(colour, pole, share)
    if (contrast(moved, ground) >= enough) return moved
  }
  return pole
}

function mix(from: string, to: string, share: number): string {
  let mixed = '#'
  for (const at of [1, 3, 5]) {
    const [a, b] = [from, to].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16))
    mixed += Math.round((a ?? 0) + ((b ?? 0) - (a ?? 0)) * share)
      .toString(16)
      .padStart(2, '0')
  }
  return mixed
}
