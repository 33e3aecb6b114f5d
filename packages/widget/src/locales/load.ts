import type { Strings } from './en.ts'
import { en } from './en.ts'

/** English is always here; each other locale is a download of its own. */
const LOCALES: Readonly<Record<string, () => Promise<Strings>>> = {
  en: async () => en,
  'zh-TW': async () => (await import('./zh-TW.ts')).zhTW,
}

/** The nearest locale we have: exact, else the same language, else English. */
export function nearestLocale(wanted: string): string {
  const tags = Object.keys(LOCALES)
  const lower = wanted.toLowerCase()
  return (
    tags.find((tag) => tag.toLowerCase() === lower) ??
    tags.find((tag) => tag.slice(0, 2) === lower.slice(0, 2)) ??
    'en'
  )
}

/** Rejects when the download fails. */
export function loadStrings(locale: string): Promise<Strings> {
  const load = LOCALES[locale] ?? LOCALES['en']
  return load ? load() : Promise.reject(new Error(`No locale ${locale}.`))
}
