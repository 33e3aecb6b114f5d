import { metaMessaging } from '../meta-messaging/connector.ts'

/** Bytes of one message, in UTF-8. */
const MAX_TEXT_BYTES = 1_000

/** Instagram, with Instagram Login: a visitor who goes on in direct messages. */
export const instagram = metaMessaging({
  name: 'instagram',
  dialect: {
    farSide: 'Instagram',
    object: 'instagram',
    metadata: false,
    messagingType: false,
    webhookFields: ['messages', 'messaging_postbacks', 'messaging_referral', 'messaging_seen'],
    me: { id: 'user_id', name: 'username' },
  },
  account: {
    name: 'accountId',
    label: 'Instagram account ID',
    help: 'Of the professional account, as the app shows it beside the token ("1784…").',
  },
  graph: 'https://graph.instagram.com',
  host: 'ig.me/m',
  // What we sent comes back and does not say so. What was read is told, by the id that an answer
  // gave; so there is nothing to wait for when the answer was lost.
  limits: { maxText: MAX_TEXT_BYTES, textUnit: 'bytes', echoes: true, receipts: false },
})
