import type { ConnectorIo, Finding } from '../connector.ts'
import { inspect } from '../inspection.ts'
import { addressOf, messageIdOf } from './address.ts'
import { OWN_HEADER } from './compose.ts'
import { mailOf } from '../mail-failures.ts'
import type { EmailSettings } from './types.ts'

/** A mail to ourselves is there within this, ms. */
const TRIAL_WITHIN_MS = 8_000
/** No conversation has this id. */
const NOBODY = '00000000-0000-7000-8000-000000000000'

/** Both servers, and a mail to ourselves that goes out by one and comes in by the other. */
export async function doctor(
  settings: EmailSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const { smtp, imap } = settings
  const { findings, check } = inspect()
  const out = await check(async () => {
    await mailOf(io).greet(smtp, io.signal)
    return `The mail server ${smtp.host} takes what we send.`
  }, 'Check smtpHost, smtpSecurity, smtpUser and smtpPassword.')
  const back = await check(async () => {
    await mailOf(io).collect(imap, undefined, io.now, io.signal)
    return `The folder ${imap.folder} at ${imap.host} can be read.`
  }, 'Check imapHost, imapSecurity, imapUser, imapPassword and folder.')
  if (!out || !back) return findings

  const address = addressOf(NOBODY, settings)
  const key = `00000000-0000-7000-8000-${Math.floor(io.now).toString(16).padStart(12, '0')}`
  const messageId = messageIdOf(NOBODY, key, settings)
  await check(async () => {
    const mail = {
      from: { name: 'Homing', address },
      to: address,
      replyTo: address,
      returnPath: address,
      messageId,
      subject: 'Homing looks whether mails come back',
      text: 'You can delete this mail.\n',
      time: io.now,
      headers: { [OWN_HEADER]: NOBODY, 'Auto-Submitted': 'auto-generated' },
    }
    await mailOf(io).submit(mail, smtp, io.signal)
    if (!(await mailOf(io).has(imap, messageId, TRIAL_WITHIN_MS, io.signal))) {
      throw new Error(`nothing came within ${TRIAL_WITHIN_MS / 1000} s`)
    }
    return `A mail to ${settings.local}+…@${settings.domain} arrives in the folder.`
  }, `Let your mail server deliver ${settings.local}+anything@${settings.domain} to the mailbox.`)
  return findings
}
