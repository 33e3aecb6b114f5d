import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { callTwilio } from './rest.ts'
import type { TwilioSettings } from './types.ts'

/** Asks Twilio itself, in the order in which things are set up. */
export async function doctor(
  settings: TwilioSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const { sender, webhook } = settings
  const { findings, check } = inspect()
  const reached = await check(async () => {
    await callTwilio(settings, io, 'Messages.json?PageSize=1')
    return `Twilio takes the ${settings.key ? 'API key' : 'auth token'}.`
  }, 'Check accountSid and authToken: both are on the first page of the Twilio Console.')
  if (!reached) return findings

  if (sender.kind === 'number' && sender.channel === 'sms') {
    const { number } = sender
    await check(async () => {
      const query = new URLSearchParams({ PhoneNumber: number })
      const path = `IncomingPhoneNumbers.json?${query.toString()}`
      const [found] = recordsOf(
        recordAt(await callTwilio(settings, io, path))?.['incoming_phone_numbers'],
      )
      if (!found) throw new Error('there is no such number in this account')
      if (recordAt(found, 'capabilities')?.['sms'] === false) throw new Error('it takes no SMS')
      const address = textOf(found['sms_url']) ?? 'nowhere'
      if (address.split('#', 1)[0] !== webhook) throw new Error(`its messages go to ${address}`)
      return `Messages to ${number} come to ${webhook}.`
    }, `Set the number's webhook "A message comes in" to ${webhook} (POST).`)
  } else {
    findings.push({
      level: 'ok',
      message: `Twilio does not tell where the messages of this sender go: it has to be ${webhook}.`,
    })
  }
  if (settings.key) {
    findings.push({
      level: 'ok',
      message: 'Whether authToken is right shows with the first webhook: it is what signs them.',
    })
  }
  return findings
}
