import type { Appearance } from '@homing/core'
import type { Site } from '../store/store.ts'
import { parseOriginPattern } from './origin.ts'

/** From what an operator typed to a site, with every problem, each with its fix. */
export type ReadSite =
  | { readonly ok: true; readonly site: Site }
  | { readonly ok: false; readonly problems: readonly string[] }

export const DEFAULT_APPEARANCE: Appearance = { accent: '#3b5bdb', side: 'end', scheme: 'auto' }

const KEY = /^pk_[A-Za-z0-9_-]{1,60}$/
const ACCENT = /^#[0-9a-f]{6}$/i
const LOCALE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/
const MAX_NAME_LENGTH = 100
const MAX_GREETING_LENGTH = 500
/** CSS px: beyond, the launcher would be off most screens. */
const MAX_OFFSET = 400

type Fields = Readonly<Record<string, unknown>>

export function readSite(input: unknown): ReadSite {
  const problems: string[] = []
  const fields = fieldsOf(input)
  const { key, name, origins, locale } = fields

  if (typeof key !== 'string' || !KEY.test(key)) {
    problems.push('The key must be "pk_" and then letters, digits, "_" or "-".')
  }
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    problems.push(`The name must have 1 to ${MAX_NAME_LENGTH} characters.`)
  }
  const allowed = readOrigins(origins, problems)
  const appearance = readAppearance(fields['appearance'], problems)
  const language = typeof locale === 'string' ? locale : ''
  if (locale !== undefined && !LOCALE.test(language)) {
    problems.push('The locale must be a language tag such as "en" or "zh-TW".')
  }
  if (problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    site: {
      key: String(key),
      name: String(name).trim(),
      origins: allowed,
      appearance,
      ...(locale === undefined ? {} : { locale: language }),
    },
  }
}

function readOrigins(value: unknown, problems: string[]): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  if (list.length === 0) {
    problems.push('At least one origin is needed, such as https://shop.example.com.')
  }
  return list.map((origin) => {
    const pattern = typeof origin === 'string' ? parseOriginPattern(origin.trim()) : undefined
    if (!pattern) {
      problems.push(
        `${JSON.stringify(origin)} is no origin. Write scheme and host, such as https://shop.example.com or https://*.example.com.`,
      )
      return ''
    }
    // In its one normal form, so that a list shows what is compared.
    if (pattern.kind === 'exact') return pattern.origin
    const port = pattern.port === '' ? '' : `:${pattern.port}`
    return `${pattern.protocol}//*${pattern.suffix}${port}`
  })
}

function readAppearance(value: unknown, problems: string[]): Appearance {
  const { accent, side, scheme, greeting, offset } = { ...DEFAULT_APPEARANCE, ...fieldsOf(value) }
  if (typeof accent !== 'string' || !ACCENT.test(accent)) {
    problems.push('The accent must be a colour such as #3b5bdb.')
  }
  if (side !== 'start' && side !== 'end') problems.push('The side must be start or end.')
  if (scheme !== 'light' && scheme !== 'dark' && scheme !== 'auto') {
    problems.push('The scheme must be light, dark or auto.')
  }
  if (
    greeting !== undefined &&
    (typeof greeting !== 'string' || greeting.length > MAX_GREETING_LENGTH)
  ) {
    problems.push(`The greeting must have at most ${MAX_GREETING_LENGTH} characters.`)
  }
  const distance = offset === undefined ? undefined : fieldsOf(offset)
  if (distance && !(isDistance(distance['x']) && isDistance(distance['y']))) {
    problems.push(`The offset must be {"x", "y"} in pixels from 0 to ${MAX_OFFSET}.`)
  }
  return {
    accent: accent.toLowerCase(),
    side,
    scheme,
    ...(greeting === undefined || greeting === '' ? {} : { greeting }),
    ...(distance ? { offset: { x: Number(distance['x']), y: Number(distance['y']) } } : {}),
  }
}

function isDistance(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_OFFSET
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
