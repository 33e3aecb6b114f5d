import { correction, generate } from 'lean-qr/nano'
import type { VNode } from 'preact'

/** White around it, in modules: readers need it to find the corners. */
const MARGIN = 4

/** Dark on white whatever the scheme: many readers do not know the inverse. */
export function QrCode({ text, label }: { text: string; label: string }): VNode {
  const code = generate(text, { minCorrectionLevel: correction.M })
  const size = code.size + 2 * MARGIN
  return (
    <svg part="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={pathOf(code.size, (x, y) => code.get(x, y))} />
    </svg>
  )
}

/** Each run of dark modules of a row is one rectangle. */
function pathOf(size: number, isDark: (x: number, y: number) => boolean): string {
  let path = ''
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = x
      while (x < size && isDark(x, y)) x++
      if (x > from) path += `M${from + MARGIN} ${y + MARGIN}h${x - from}v1H${from + MARGIN}z`
    }
  }
  return path
}
