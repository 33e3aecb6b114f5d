import { leftAddress } from '../../store/left-address.ts'
import type { Receipt } from '../../store/store.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { mailFailure, mailOf } from '../mail-failures.ts'
import { composeMail } from './compose.ts'
import type { FollowUpSettings } from './types.ts'

export async function send(
  outbound: Outbound,
  settings: FollowUpSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const address = leftAddress(outbound.thread)
  if (address === undefined) throw new SendError('bad-recipient', 'nobody left an address')
  const mail = await composeMail(outbound, address, settings)
  if (!mail) return { externalIds: [] }
  try {
    await mailOf(io).submit(mail, settings.smtp, io.signal)
  } catch (error) {
    throw mailFailure(error, 'bad-recipient')
  }
  return { externalIds: [mail.messageId] }
}
