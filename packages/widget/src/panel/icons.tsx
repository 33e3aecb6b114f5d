import type { VNode } from 'preact'

const icon = (d: string) => (): VNode => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
)

export const CloseIcon = icon('m7 7 10 10M17 7 7 17')
/** Turned round by the styles where text runs from right to left. */
export const BackIcon = icon('m14.5 6-6 6 6 6')
export const DownIcon = icon('M12 6v12m-5-5 5 5 5-5')
export const SendIcon = icon('M12 18.5v-13M6 11l6-6 6 6')
export const WriteIcon = icon('M5 19l.8-3.6L16 5.2a2 2 0 0 1 2.8 2.8L8.6 18.2Z')
export const CheckIcon = icon('m6 12.5 4 4 8-9')
export const AlertIcon = icon('M12 8v5m0 3v.1M12 3a9 9 0 1 0 .1 0Z')
