import type { Parsed } from '../connector.ts'
import { readAddress, readMailServer } from '../mail-settings.ts'
import type { SettingsReader } from '../settings.ts'
import { readSettings } from '../settings.ts'
import type { FollowUpSettings } from './types.ts'

/** Long enough to look at another tab, short enough to still want the answer, minutes. */
const DEFAULT_AFTER_MIN = 10
/** A day: nobody waits longer for an answer that is there. */
const MAX_AFTER_MIN = 24 * 60
const MINUTES = /^\d{1,4}(\.\d{1,2})?$/

export function configure(input: unknown): Parsed<FollowUpSettings> {
  const read = readSettings(input)
  const from = readAddress(read, 'from').join('@')
  const replyTo = readAddress(read, 'replyTo', { fallback: from === '@' ? '' : from }).join('@')
  const page = read.url('page')
  const after = readMinutes(read)
  const parsed = read.done<FollowUpSettings>({
    from,
    replyTo,
    page,
    smtp: readMailServer(read, 'smtp'),
  })
  // Until then it waits, and all that comes meanwhile goes along.
  return parsed.ok ? { ...parsed, capabilities: { gatherMs: after * 60_000 } } : parsed
}

function readMinutes(read: SettingsReader): number {
  const text = read.text('afterMinutes', { fallback: String(DEFAULT_AFTER_MIN) })
  const minutes = MINUTES.test(text) ? Number(text) : Number.NaN
  if (minutes <= MAX_AFTER_MIN) return minutes
  read.problem('afterMinutes', `a number of minutes up to ${MAX_AFTER_MIN} is needed`)
  return DEFAULT_AFTER_MIN
}
