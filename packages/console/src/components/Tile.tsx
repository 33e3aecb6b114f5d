import { faceOf, GLYPHS } from '../connector-faces.ts'

/** The picture of a type of connector. Always beside its name. */
export function Tile(props: { readonly type: string; readonly size?: 'small' | 'large' }) {
  const { glyph, tint } = faceOf(props.type)
  return (
    <span class={`tile tint-${tint}${props.size ? ` tile-${props.size}` : ''}`} aria-hidden="true">
      <svg class="icon" viewBox="0 0 20 20" focusable="false">
        <path d={GLYPHS[glyph]} />
      </svg>
    </span>
  )
}
