import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HookReply, RawWebhook, Verdict } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { TIMESTAMP_TOLERANCE_MS } from '../standard-webhooks.ts'
import type { SlackSettings } from './types.ts'

/** Slack signs "v0:timestamp:body" with the app's signing secret. */
export function verify(request: RawWebhook, settings: SlackSettings, now: number): Verdict {
  const timestamp = request.headers['x-slack-request-timestamp']
  const signature = request.headers['x-slack-signature']
  if (!timestamp || !signature) {
    return refuse(400, 'x-slack-request-timestamp and x-slack-signature are needed')
  }
  if (!/^\d{1,12}$/.test(timestamp)) {
    return refuse(400, 'x-slack-request-timestamp is not whole seconds')
  }
  if (Math.abs(now - Number(timestamp) * 1000) > TIMESTAMP_TOLERANCE_MS) {
    return refuse(401, 'x-slack-request-timestamp is more than five minutes away')
  }
  if (!signed(request, settings)) return refuse(401, 'the signature does not match')
  return { ok: true }
}

/**
 * Slack asks once for a challenge before it sends events. Of an old question only the age would
 * be wrong, and its answer tells nobody anything, so the clock is not asked.
 */
export function greet(request: RawWebhook, settings: SlackSettings): HookReply | undefined {
  if (request.method !== 'POST') return undefined
  const question = parseJson(request.body)
  if (!isRecord(question) || question['type'] !== 'url_verification') return undefined
  const { challenge } = question
  if (!signed(request, settings) || typeof challenge !== 'string') {
    return { status: 403, contentType: 'text/plain', body: 'the signature does not match' }
  }
  return { status: 200, contentType: 'text/plain', body: challenge }
}

function signed({ headers, body }: RawWebhook, { signingSecret }: SlackSettings): boolean {
  const given = headers['x-slack-signature'] ?? ''
  if (!/^v0=[0-9a-f]{64}$/.test(given)) return false
  const expected = createHmac('sha256', signingSecret)
    .update(`v0:${headers['x-slack-request-timestamp'] ?? ''}:`)
    .update(body)
    .digest()
  return timingSafeEqual(Buffer.from(given.slice(3), 'hex'), expected)
}

function refuse(status: 400 | 401, reason: string): Verdict {
  return { ok: false, status, reason }
}
