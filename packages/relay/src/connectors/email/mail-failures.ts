import type { MailErrorKind, MailPort } from '../../mail/mail-port.ts'
import { MailError } from '../../mail/mail-port.ts'
import type { ConnectorIo, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'

/**
 * What a mail server's refusal means for a send to a desk. The recipient is one of the settings:
 * refused, it is refused for all, and somebody has to mend it.
 */
const FAILURES: Readonly<Record<MailErrorKind, SendFailure>> = {
  unreachable: 'retry',
  'broken-off': 'unknown',
  'login-refused': 'needs-reauth',
  'sender-refused': 'needs-reauth',
  'recipient-refused': 'needs-reauth',
  'content-refused': 'bad-content',
  later: 'retry',
}

export function mailFailure(error: unknown): SendError {
  if (error instanceof SendError) return error
  if (error instanceof MailError) {
    return new SendError(FAILURES[error.kind], error.message, { cause: error })
  }
  return new SendError('retry', 'the mail server was not asked', { cause: error })
}

export function mailOf(io: ConnectorIo): MailPort {
  if (!io.mail) throw new SendError('retry', 'there is no way to mail servers here')
  return io.mail
}
