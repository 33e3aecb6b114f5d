import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { mailOf } from '../mail-failures.ts'
import type { FollowUpSettings } from './types.ts'

/** Only the talk with the server is tried: a mail would go to somebody. */
export async function doctor(
  { smtp, from, page }: FollowUpSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const { findings, check } = inspect()
  await check(async () => {
    await mailOf(io).greet(smtp, io.signal)
    return `The mail server ${smtp.host} takes what we send as ${from}.`
  }, 'Check smtpHost, smtpSecurity, smtpUser and smtpPassword.')
  return [
    ...findings,
    { level: 'ok', message: `Links lead to the conversation's page, or to ${page}.` },
  ]
}
