/** The entry's own words; the sheet behind it brings more. */
const en = {
  /** What is said there comes back to the page. */
  goOn: 'Continue on {app}',
  /** It does not. */
  write: 'Write to us on {app}',
  /** Nothing is said there: what the visitor misses is sent there. */
  followUp: 'Get answers by e-mail',
  /** The same, once an address was left. */
  changeAddress: 'Change the e-mail address',
  handedOver: 'You can go on in {app}, too.',
  followedUp: 'Answers you miss here come to you by e-mail.',
}

type EntryWords = Readonly<Record<keyof typeof en, string>>

const zhTW: EntryWords = {
  goOn: '改用 {app} 繼續',
  write: '用 {app} 聯絡我們',
  followUp: '用電子郵件接收回覆',
  changeAddress: '變更電子郵件地址',
  handedOver: '您也可以在 {app} 繼續這個對話。',
  followedUp: '您在這裡錯過的回覆會寄到您的信箱。',
}

export const ENTRY_WORDS: Readonly<Record<string, EntryWords>> = { en, 'zh-TW': zhTW }

export const entryWords = (locale: string): EntryWords => ENTRY_WORDS[locale] ?? en
