/** What is said of leaving an address. */
const en = {
  label: 'Your e-mail address',
  use: 'If you miss an answer here, we send it there once. {shop} sees this address.',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Done. Answers you miss come to {address}.',
  notAddress: 'Please enter an address like anna@example.com.',
  offline: 'No connection. Please try again.',
  tooMany: 'Too many tries. Please try again later.',
  failed: 'This did not work. Please try again.',
}

export type FollowUpWords = Readonly<Record<keyof typeof en, string>>

const zhTW: FollowUpWords = {
  label: '您的電子郵件地址',
  use: '如果您在這裡錯過回覆，我們會寄一次到這個信箱。{shop} 會看到這個地址。',
  save: '儲存',
  saving: '儲存中…',
  saved: '完成。您錯過的回覆會寄到 {address}。',
  notAddress: '請輸入像 anna@example.com 這樣的地址。',
  offline: '目前沒有連線，請再試一次。',
  tooMany: '嘗試次數太多，請稍後再試。',
  failed: '這次沒有成功，請再試一次。',
}

export const FOLLOW_UP_WORDS: Readonly<Record<string, FollowUpWords>> = { en, 'zh-TW': zhTW }

export const followUpWords = (locale: string): FollowUpWords => FOLLOW_UP_WORDS[locale] ?? en
