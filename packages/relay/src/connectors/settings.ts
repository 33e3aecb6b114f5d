import type { Parsed } from './connector.ts'

/**
 * Reads a record of settings field by field and collects every problem on the way, so that an
 * operator mends a file once and not once per mistake. A read of a bad field gives a stand-in,
 * which nobody sees: with a problem there are no settings.
 */
export interface SettingsReader {
  text(field: string, options?: { readonly fallback?: string; readonly hint?: string }): string
  /** Undefined: it is left out. */
  optional(field: string): string | undefined
  flag(field: string, fallback: boolean): boolean
  /** A list of texts; a single text counts as a list of one. */
  texts(field: string): readonly string[]
  url(field: string, options?: { readonly fallback?: string }): string
  problem(field: string, what: string): void
  /** Settings, unless something was wrong. Fields nobody read are problems too: typing slips. */
  done<Settings>(settings: Settings): Parsed<Settings>
}

export function readSettings(input: unknown): SettingsReader {
  const problems: string[] = []
  const record = isRecord(input) ? input : undefined
  const known = new Set<string>()
  if (!record) problems.push('settings: an object is needed')

  const problem = (field: string, what: string): void => {
    if (record) problems.push(`${field}: ${what}`)
  }
  const take = (field: string): unknown => {
    known.add(field)
    return record?.[field]
  }

  const text: SettingsReader['text'] = (field, options = {}) => {
    const value = take(field)
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
    if (value === undefined && options.fallback !== undefined) return options.fallback
    problem(field, options.hint ?? 'a text is needed')
    return ''
  }

  return {
    text,
    optional: (field) => text(field, { fallback: '' }) || undefined,
    flag(field, fallback) {
      const value = take(field)
      if (value === undefined) return fallback
      if (typeof value === 'boolean') return value
      problem(field, 'true or false is needed')
      return fallback
    },
    texts(field) {
      const value = take(field)
      if (value === undefined) return []
      const list: readonly unknown[] = Array.isArray(value) ? value : [value]
      const texts = list.filter((item): item is string => typeof item === 'string' && item !== '')
      if (texts.length !== list.length) problem(field, 'a list of texts is needed')
      return texts
    },
    url(field, options = {}) {
      const value = take(field)
      if (value === undefined && options.fallback !== undefined) return options.fallback
      const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
      if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        problem(field, 'an address such as https://example.com is needed')
        return ''
      }
      if (url.username !== '' || url.password !== '') {
        problem(field, 'a user name or password in the address is refused')
      }
      return url.href
    },
    problem,
    done(settings) {
      for (const field of Object.keys(record ?? {})) {
        if (!known.has(field)) problem(field, 'there is no such setting')
      }
      return problems.length > 0 ? { ok: false, problems } : { ok: true, settings }
    },
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
