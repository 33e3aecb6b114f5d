import type { VNode } from 'preact'

export const icon = (d: string) => (): VNode => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
)

export const CloseIcon = icon('m7 7 10 10M17 7 7 17')
/** Turned round by the styles where text runs from right to left. */
export const BackIcon = icon('m14.5 6-6 6 6 6')
export const SendIcon = icon('M12 18.5v-13M6 11l6-6 6 6')
