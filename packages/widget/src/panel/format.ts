import type { Strings } from '../locales/en.ts'

/** Times and days as the reader writes them, in the reader's time zone. */
export interface Formats {
  /** "14:05" or "2:05 PM". */
  time(at: number): string
  /** The whole of it, for a machine's or a screen reader's eye: "3 March 2026, 14:05". */
  full(at: number): string
  /** A day line: "Today", "Yesterday", "Tuesday", "3 March", "3 March 2024". */
  day(at: number, now: number, strings: Strings): string
  /** A list's narrow column: the time today, then the day, shortened. */
  brief(at: number, now: number, strings: Strings): string
}

const DAY_MS = 86_400_000
/** Days further back than this are dates, not weekdays. */
const WEEK_DAYS = 7

let last: { readonly locale: string; readonly formats: Formats } | undefined

/** Making an Intl format costs about a millisecond; the one of the last locale is kept. */
export function formatsOf(locale: string): Formats {
  if (last?.locale !== locale) last = { locale, formats: createFormats(locale) }
  return last.formats
}

function createFormats(locale: string): Formats {
  const made = new Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>()
  const format = (at: number, options: Intl.DateTimeFormatOptions): string => {
    let maker = made.get(options)
    if (!maker) made.set(options, (maker = dateFormat(locale, options)))
    // A time out of range must not take the thread down with it.
    return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? maker.format(at) : ''
  }
  const day = (at: number, now: number, strings: Strings, size: 'long' | 'short'): string => {
    const ago = daysBetween(at, now)
    if (ago === 0) return strings.today
    if (ago === 1) return strings.yesterday
    if (ago > 1 && ago < WEEK_DAYS) return format(at, WEEKDAY[size])
    return format(at, (sameYear(at, now) ? DATE : YEAR)[size])
  }
  return {
    time: (at) => format(at, TIME),
    full: (at) => format(at, FULL),
    day: (at, now, strings) => day(at, now, strings, 'long'),
    brief: (at, now, strings) =>
      daysBetween(at, now) === 0 ? format(at, TIME) : day(at, now, strings, 'short'),
  }
}

const TIME = { hour: 'numeric', minute: '2-digit' } as const
const FULL = { dateStyle: 'long', timeStyle: 'short' } as const
const WEEKDAY = { long: { weekday: 'long' }, short: { weekday: 'short' } } as const
const DATE = {
  long: { day: 'numeric', month: 'long' },
  short: { day: 'numeric', month: 'short' },
} as const
const YEAR = {
  long: { ...DATE.long, year: 'numeric' },
  short: { day: 'numeric', month: 'numeric', year: '2-digit' },
} as const

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, options)
  } catch {
    // The page gave a tag that is none: the browser's own language then.
    return new Intl.DateTimeFormat(undefined, options)
  }
}

/** Calendar days, not spans of 24 hours: a minute past midnight is a day later. */
function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / DAY_MS)
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function sameYear(at: number, now: number): boolean {
  return new Date(at).getFullYear() === new Date(now).getFullYear()
}
