import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { isRecord } from '../settings.ts'
import { createSlackApi } from './api.ts'
import type { SlackSettings } from './types.ts'

/** Rights of the bot, and what is missing without each. */
const NEEDED: readonly (readonly [string, string])[] = [
  ['chat:write', 'nothing can be posted'],
  ['chat:write.customize', "messages come under the app's name instead of the visitor's"],
  ['reactions:read', 'the reaction ✅ does not resolve a conversation'],
  ['reactions:write', 'a conversation resolved in Homing is a line in Slack, not a ✅'],
  ['files:read', "agents' files cannot be fetched"],
]

/** Asks Slack itself, in the order in which things are set up. */
export async function doctor(
  settings: SlackSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const api = createSlackApi(settings, io)
  const { findings, check } = inspect()

  const reached = await check(async () => {
    const who = await api.read('auth.test', {})
    return `Slack takes the token, as ${text(who['user'])} in ${text(who['team'])}.`
  }, 'Check token: it is the Bot User OAuth Token under OAuth & Permissions.')
  if (!reached) return findings

  const { scopes } = api
  for (const [scope, without] of NEEDED) {
    if (scopes.length === 0 || scopes.includes(scope)) continue
    findings.push({
      level: 'problem',
      message: `Add the bot scope ${scope} under OAuth & Permissions and install the app again: without it ${without}.`,
    })
  }

  await check(async () => {
    const { channel } = settings
    const { messages } = await api.read('conversations.history', { channel, limit: '1' })
    const [newest] = Array.isArray(messages) ? (messages as readonly unknown[]) : []
    const ts = isRecord(newest) ? newest['ts'] : undefined
    if (typeof ts === 'string') await api.read('conversations.replies', { channel, ts, limit: '1' })
    return `The channel ${settings.channel} can be read, so a message that may have arrived is looked up.`
  }, `Invite the app into the channel ${settings.channel}, and give it channels:history (groups:history for a private channel).`)

  findings.push({
    level: 'ok',
    message:
      'Slack does not tell an app what it is subscribed to: the page Event Subscriptions must show the webhook address as verified.',
  })
  return findings
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'somebody'
}
