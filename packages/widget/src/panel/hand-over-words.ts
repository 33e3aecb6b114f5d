/** The entry's own words; the sheet behind it brings more. */
const en = {
  /** What is said there comes back to the page. */
  goOn: 'Continue on {app}',
  /** It does not. */
  write: 'Write to us on {app}',
  handedOver: 'You can go on in {app}, too.',
}

type EntryWords = Readonly<Record<keyof typeof en, string>>

const zhTW: EntryWords = {
  goOn: '改用 {app} 繼續',
  write: '用 {app} 聯絡我們',
  handedOver: '您也可以在 {app} 繼續這個對話。',
}

export const ENTRY_WORDS: Readonly<Record<string, EntryWords>> = { en, 'zh-TW': zhTW }

export const entryWords = (locale: string): EntryWords => ENTRY_WORDS[locale] ?? en
