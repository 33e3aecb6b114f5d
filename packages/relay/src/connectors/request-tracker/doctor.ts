import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { isRecord } from '../settings.ts'
import { createRest } from './rest.ts'
import type { RequestTrackerSettings } from './types.ts'

/** Asks RT itself, in the order in which things are set up. */
export async function doctor(
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const rest = createRest(settings, io)
  const { findings, check } = inspect()

  const reached = await check(async () => {
    const about = await rest.call('GET', '/rt')
    const version = isRecord(about) ? String(about['Version']) : 'of unknown version'
    return `Request Tracker ${version} takes the token.`
  }, 'Check url and token: the token is made at RT under Logged in as → Settings → Auth Tokens.')
  if (!reached) return findings

  await check(async () => {
    await rest.call('GET', `/queue/${encodeURIComponent(settings.queue)}`)
    return `The queue "${settings.queue}" is there.`
  }, `Create the queue "${settings.queue}", or let the token's user see it (right SeeQueue).`)

  await check(async () => {
    const query = `Queue = '${settings.queue.replace(/[\\']/g, '\\$&')}'`
    await rest.list('/transactions', { query: `Ticket${query}`, per_page: '1' })
    return 'Transactions can be read, so nothing is lost with a webhook.'
  }, "Let the token's user read tickets (right ShowTicket).")

  await check(async () => {
    // An action RT does not know: the gateway answers, and no ticket is touched.
    const response = await io.fetch(`${settings.base}/REST/1.0/NoAuth/mail-gateway`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ queue: settings.queue, action: 'probe', message: '' }).toString(),
      signal: io.signal,
    })
    const answer = await response.text()
    if (!/^(?:ok|not ok|temporary failure)/.test(answer)) throw new Error(`HTTP ${response.status}`)
    return 'The mail gateway answers.'
  }, 'Let the relay reach /REST/1.0/NoAuth/mail-gateway; some proxies close it to all but the mail server.')

  findings.push({
    level: 'ok',
    message: 'Webhooks are signed with the secret given here; put the same one into the scrip.',
  })
  return findings
}
