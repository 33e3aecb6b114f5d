import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { callJson } from './rest.ts'
import type { LineSettings } from './types.ts'

/** Asks LINE itself, in the order in which things are set up. */
export async function doctor(settings: LineSettings, io: ConnectorIo): Promise<readonly Finding[]> {
  const { findings, check } = inspect()
  const ask = (path: string, body?: unknown) =>
    callJson(body === undefined ? { path } : { path, body }, settings, io)

  const reached = await check(async () => {
    const { displayName } = await ask('/v2/bot/info')
    return `LINE takes the token: it is that of ${String(displayName)}.`
  }, 'Check channelAccessToken: LINE Developers Console → the channel → Messaging API → Issue.')
  if (!reached) return findings

  await check(async () => {
    const { endpoint, active } = await ask('/v2/bot/channel/webhook/endpoint')
    if (active !== true) throw new Error('Use webhook is off')
    // LINE calls the address itself, as it would with a message.
    const { success, reason } = await ask('/v2/bot/channel/webhook/test', {})
    if (success !== true)
      throw new Error(`LINE cannot reach ${String(endpoint)}: ${String(reason)}`)
    return `LINE reaches the webhook at ${String(endpoint)}.`
  }, 'Set the webhook address and turn it on: the channel → Messaging API → Webhook settings.')

  await check(async () => {
    const { type, value } = await ask('/v2/bot/message/quota')
    if (type !== 'limited') return 'The plan has no limit of messages.'
    const { totalUsage } = await ask('/v2/bot/message/quota/consumption')
    const used = `${String(totalUsage)} of ${String(value)} messages of this month are used`
    if (Number(totalUsage) >= Number(value)) throw new Error(used)
    return `Of the plan, ${used}.`
  }, 'Raise the monthly limit: LINE Official Account Manager → Settings → Billing.')

  const { merchant } = settings
  if (merchant === undefined) {
    const message = 'Without merchantUserId LINE reaches visitors, and is no desk.'
    findings.push({ level: 'ok', message })
    return findings
  }
  await check(async () => {
    const { displayName } = await ask(`/v2/bot/profile/${merchant}`)
    return `Conversations go to ${String(displayName)}.`
  }, 'Add the official account as a friend with the account of merchantUserId, or unblock it.')
  return findings
}
