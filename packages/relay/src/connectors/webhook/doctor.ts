import type { ConnectorIo, Finding } from '../connector.ts'
import { lineFailure } from '../http-failures.ts'
import { signWebhook } from '../standard-webhooks.ts'
import type { WebhookSettings } from './types.ts'

/** Posts a signed `ping`, which a receiver answers with any 2xx. */
export async function doctor(
  settings: WebhookSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const body = new TextEncoder().encode(
    JSON.stringify({ type: 'ping', timestamp: new Date(io.now).toISOString(), data: {} }),
  )
  const signed = signWebhook(`ping-${io.now}`, io.now, body, settings.keys)
  try {
    const { status, ok } = await io.fetch(settings.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Homing', ...signed },
      body,
      signal: io.signal,
    })
    if (ok) return [{ level: 'ok', message: `The endpoint answered ${status} to a signed ping.` }]
    return [{ level: 'problem', message: `${advice(status)} (it answered ${status})` }]
  } catch (error) {
    return [{ level: 'problem', message: `${lineFailure(error, 'The endpoint').message}.` }]
  }
}

function advice(status: number): string {
  if (status >= 300 && status < 400) return 'The endpoint redirects: set its final address as url.'
  if (status === 401 || status === 403) {
    return 'The endpoint does not accept the signature: give both sides the same secret, and check the clocks.'
  }
  if (status === 410) return 'The endpoint wants no more deliveries: register it again.'
  if (status === 404) return 'There is nothing at this address: check the path in url.'
  return 'The endpoint does not take a signed ping: look into its log.'
}
