import { describe, expect, test } from 'vitest'

import { contrast, paletteOf } from './colour.ts'

describe('palette', () => {
  const accents = [
    '#a8482b',
    '#ffd21f',
    '#ffffff',
    '#000000',
    '#1d1a18',
    '#777777',
    '#00ff00',
    'red',
  ]
  const grounds = { light: ['#fffdfa', '#f4f0ea'], dark: ['#1d1a18', '#2c2825'] } as const

  test.each(accents)('%s can be read on and beside, in both schemes', (accent) => {
    for (const scheme of ['light', 'dark'] as const) {
      const palette = paletteOf(accent, scheme)
      expect(
        contrast(palette.accent, palette.ink === '#fff' ? '#ffffff' : '#000000'),
      ).toBeGreaterThanOrEqual(4.5)
      for (const ground of [...grounds[scheme], palette.soft]) {
        expect(contrast(palette.text, ground)).toBeGreaterThanOrEqual(4.5)
      }
      expect(contrast(palette.accent, grounds[scheme][0])).toBeGreaterThanOrEqual(1.3)
    }
  })
})
