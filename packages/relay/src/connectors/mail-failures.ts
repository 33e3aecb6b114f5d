import type { MailErrorKind, MailPort } from '../mail/mail-port.ts'
import { MailError } from '../mail/mail-port.ts'
import type { ConnectorIo, SendFailure } from './connector.ts'
import { SendError } from './connector.ts'

/** What a mail server's refusal means for a send. */
const FAILURES: Readonly<Record<Exclude<MailErrorKind, 'recipient-refused'>, SendFailure>> = {
  unreachable: 'retry',
  'broken-off': 'unknown',
  'login-refused': 'needs-reauth',
  'sender-refused': 'needs-reauth',
  'content-refused': 'bad-content',
  'too-large': 'too-large',
  later: 'retry',
}

/**
 * `recipient`: what it means that the recipient is refused. One of the settings is refused for all,
 * and somebody has to mend it; one person's address is not.
 */
export function mailFailure(
  error: unknown,
  recipient: 'needs-reauth' | 'bad-recipient' = 'needs-reauth',
): SendError {
  if (error instanceof SendError) return error
  if (error instanceof MailError) {
    const { kind, message } = error
    const failure = kind === 'recipient-refused' ? recipient : FAILURES[kind]
    return new SendError(failure, message, { cause: error })
  }
  return new SendError('retry', 'the mail server was not asked', { cause: error })
}

export function mailOf(io: ConnectorIo): MailPort {
  if (!io.mail) throw new SendError('retry', 'there is no way to mail servers here')
  return io.mail
}
