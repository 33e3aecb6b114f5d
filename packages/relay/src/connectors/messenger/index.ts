import { metaMessaging } from '../meta-messaging/connector.ts'

/** Characters of one message. */
const MAX_TEXT = 2_000

/** Messenger: a visitor who goes on with a Facebook Page. */
export const messenger = metaMessaging({
  name: 'messenger',
  dialect: {
    farSide: 'Messenger',
    object: 'page',
    metadata: true,
    messagingType: true,
    webhookFields: [
      'messages',
      'messaging_postbacks',
      'messaging_referrals',
      'message_deliveries',
      'message_echoes',
    ],
    me: { id: 'id', name: 'name' },
  },
  account: {
    name: 'pageId',
    label: 'Page ID',
    help: 'Of the Facebook Page: About, Page transparency.',
  },
  graph: 'https://graph.facebook.com',
  host: 'm.me',
  // What we sent comes back with our note on it, which tells that it arrived.
  limits: { maxText: MAX_TEXT, textUnit: 'utf16', echoes: false, receipts: true },
})
