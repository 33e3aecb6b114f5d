import type { Strings } from '../locales/en.ts'

/** Times and days as the reader writes them, in the reader's time zone; '' for a time out of range. */
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
/** Dates end here. */
const MAX_TIME_MS = 8.64e15

let last: { readonly locale: string; readonly formats: Formats } | undefined

/** Making an Intl format costs about a millisecond; those of the last locale are kept. */
export function formatsOf(locale: string): Formats {
  if (last?.locale !== locale) last = { locale, formats: createFormats(locale) }
  return last.formats
}

function createFormats(locale: string): Formats {
  const format = (options: Intl.DateTimeFormatOptions): ((at: number) => string) => {
    let made: Intl.DateTimeFormat | undefined
    // A time out of range must not take the thread down with it.
    return (at) =>
      Math.abs(at) <= MAX_TIME_MS
        ? (made ??= new Intl.DateTimeFormat(locale, options)).format(at)
        : ''
  }
  const dates = (style: 'long' | 'short'): Formats['day'] => {
    const inWeek = format({ weekday: style })
    const inYear = format({ day: 'numeric', month: style })
    const ever = format({ dateStyle: style })
    return (at, now, strings) => {
      const ago = daysBetween(at, now)
      if (ago === 0) return strings.today
      if (ago === 1) return strings.yesterday
      if (ago > 1 && ago < WEEK_DAYS) return inWeek(at)
      return (yearOf(at) === yearOf(now) ? inYear : ever)(at)
    }
  }
  const time = format({ hour: 'numeric', minute: '2-digit' })
  const short = dates('short')
  return {
    time,
    full: format({ dateStyle: 'long', timeStyle: 'short' }),
    day: dates('long'),
    brief: (at, now, strings) => (daysBetween(at, now) === 0 ? time(at) : short(at, now, strings)),
  }
}

/** The beginning of that day, by the reader's own calendar. */
export function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** Calendar days, not spans of 24 hours: a minute past midnight is a day later. */
function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / DAY_MS)
}

function yearOf(at: number): number {
  return new Date(at).getFullYear()
}
