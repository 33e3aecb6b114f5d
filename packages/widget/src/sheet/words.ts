/** What every sheet says. */
const en = { back: 'Back to the conversation' }

type SheetWords = Readonly<Record<keyof typeof en, string>>

const zhTW: SheetWords = { back: '返回對話' }

export const SHEET_WORDS: Readonly<Record<string, SheetWords>> = { en, 'zh-TW': zhTW }

export const sheetWords = (locale: string): SheetWords => SHEET_WORDS[locale] ?? en
