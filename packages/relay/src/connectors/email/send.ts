import type { Receipt } from '../../store/store.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { messageIdOf } from './address.ts'
import { composeMail } from './compose.ts'
import { mailFailure, mailOf } from '../mail-failures.ts'
import { newThread } from './thread.ts'
import type { EmailSettings } from './types.ts'

/** A copy of a mail that left is in our mailbox within this, ms; then it did not leave. */
const COPY_WITHIN_MS = 5 * 60_000

export async function send(
  outbound: Outbound,
  settings: EmailSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const mail = composeMail(outbound, settings)
  if (!mail) {
    return {
      externalIds: [],
      ...(outbound.thread === undefined ? {} : { thread: outbound.thread }),
    }
  }
  try {
    await mailOf(io).submit(mail, settings.smtp, io.signal)
  } catch (error) {
    throw mailFailure(error)
  }
  return receiptOf(outbound, settings)
}

/**
 * A desk behind an address cannot be asked. But every mail also goes to our own mailbox, in the
 * same talk with the same server: its copy there says that the server took it. None after a while
 * says that it did not.
 */
export async function reconcile(
  outbound: Outbound,
  settings: EmailSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  if (!settings.copies) return 'unsure'
  const messageId = messageIdOf(outbound.conversation, outbound.key, settings)
  try {
    if (await mailOf(io).has(settings.imap, messageId, 0, io.signal)) {
      return receiptOf(outbound, settings)
    }
  } catch (error) {
    throw mailFailure(error)
  }
  return io.now - outbound.entry.time < COPY_WITHIN_MS ? 'unsure' : 'absent'
}

function receiptOf({ conversation, key, thread }: Outbound, settings: EmailSettings): Receipt {
  return {
    externalIds: [messageIdOf(conversation, key, settings)],
    thread: thread ?? newThread(conversation, settings),
  }
}
