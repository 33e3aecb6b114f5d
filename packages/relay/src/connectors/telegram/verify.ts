import { sameSecret } from '../constant-time.ts'
import type { RawWebhook, Verdict } from '../connector.ts'
import type { TelegramSettings } from './types.ts'

/** Telegram signs nothing: it brings the secret that was given when the webhook was set. */
export function verify({ headers }: RawWebhook, settings: TelegramSettings): Verdict {
  const given = headers['x-telegram-bot-api-secret-token']
  if (!given) {
    return { ok: false, status: 401, reason: 'x-telegram-bot-api-secret-token is needed' }
  }
  if (!sameSecret(given, settings.secret)) {
    return { ok: false, status: 401, reason: 'x-telegram-bot-api-secret-token does not match' }
  }
  return { ok: true }
}
