import { strings } from './strings.ts'

/** Times as people read them; always as a clock or calendar says, so nothing has to tick. */
export interface When {
  /** For lists: "14:05", "Yesterday", "Mon", "12 Mar", "12 Mar 2025". */
  short(time: number): string
  /** For day lines: "Today", "Yesterday", "Monday, 12 March". */
  day(time: number): string
  /** "14:05" */
  clock(time: number): string
  /** For what is to come: "14:05", "tomorrow, 14:05", "Mon, 14:05", "12 Mar, 14:05". */
  until(time: number): string
  /** "12 March 2026 at 14:05" */
  full(time: number): string
  /** The calendar day, e.g. "2026-03-12". */
  dayOf(time: number): string
}

const DAY_MS = 24 * 60 * 60_000

/** `locale` should be a kind of English, as the console's texts are. */
export function createWhen(now: () => number, locale: string, timeZone?: string): When {
  const format = (options: Intl.DateTimeFormatOptions): ((time: number) => string) => {
    const formatter = new Intl.DateTimeFormat(
      locale,
      timeZone === undefined ? options : { ...options, timeZone },
    )
    return (time) => formatter.format(time)
  }
  const clock = format({ timeStyle: 'short' })
  const weekday = format({ weekday: 'short' })
  const date = format({ day: 'numeric', month: 'short' })
  const dateWithYear = format({ day: 'numeric', month: 'short', year: 'numeric' })
  const longDay = format({ weekday: 'long', day: 'numeric', month: 'long' })
  const longDayWithYear = format({ day: 'numeric', month: 'long', year: 'numeric' })
  const full = format({ dateStyle: 'long', timeStyle: 'short' })
  const year = format({ year: 'numeric' })
  const iso = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  })
  const dayOf = (time: number): string => iso.format(time)
  const isToday = (time: number): boolean => dayOf(time) === dayOf(now())
  const isYesterday = (time: number): boolean => dayOf(time) === dayOf(now() - DAY_MS)

  return {
    clock,
    full,
    dayOf,
    until(time) {
      if (isToday(time)) return clock(time).replace(' ', '\u00A0')
      const isTomorrow = dayOf(time) === dayOf(now() + DAY_MS)
      const near = time > now() && time < now() + 6 * DAY_MS
      const day = isTomorrow ? strings.tomorrow : near ? weekday(time) : date(time)
      // "11:20 AM" stays on one line.
      return `${day}, ${clock(time).replace(' ', '\u00A0')}`
    },
    short(time) {
      if (isToday(time)) return clock(time)
      if (isYesterday(time)) return strings.yesterday
      if (time > now() - 6 * DAY_MS && time < now()) return weekday(time)
      return year(time) === year(now()) ? date(time) : dateWithYear(time)
    },
    day(time) {
      if (isToday(time)) return strings.today
      if (isYesterday(time)) return strings.yesterday
      return year(time) === year(now()) ? longDay(time) : longDayWithYear(time)
    },
  }
}
