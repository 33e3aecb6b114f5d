import { icon } from './icons.tsx'

export const WriteIcon = icon('M5 19l.8-3.6L16 5.2a2 2 0 0 1 2.8 2.8L8.6 18.2Z')
export const DownIcon = icon('M12 6v12m-5-5 5 5 5-5')
export const CheckIcon = icon('m6 12.5 4 4 8-9')
export const MailIcon = icon(
  'M5.5 5.5h13a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Zm-1.6 1.4 8.1 6 8.1-6',
)
export const AlertIcon = icon('M12 8v5m0 3v.1M12 3a9 9 0 1 0 .1 0Z')
