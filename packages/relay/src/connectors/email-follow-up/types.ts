import type { MailServer } from '../../mail/mail-port.ts'

/** Settings of the e-mail follow-up, checked. */
export interface FollowUpSettings {
  /** What the mails come from, and where those that cannot be delivered go. */
  readonly from: string
  /** Where somebody who answers the mail itself writes to. */
  readonly replyTo: string
  /** Where the link leads when the conversation's own page is not known: a page with the widget. */
  readonly page: string
  readonly smtp: MailServer
}
