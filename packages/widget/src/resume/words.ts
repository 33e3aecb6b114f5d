/** What is said when a link from a mail leads nowhere. */
const en = {
  ended: 'The link in that e-mail has ended. You can simply write to us here.',
  failed: 'The conversation could not be opened. Please follow the link in the e-mail again later.',
}

type ResumeWords = Readonly<Record<keyof typeof en, string>>

const zhTW: ResumeWords = {
  ended: '那封信裡的連結已經失效。您可以直接在這裡寫訊息給我們。',
  failed: '目前無法開啟那個對話。請稍後再點一次信裡的連結。',
}

export const RESUME_WORDS: Readonly<Record<string, ResumeWords>> = { en, 'zh-TW': zhTW }

export const resumeWords = (locale: string): ResumeWords => RESUME_WORDS[locale] ?? en
