const en = { dismiss: 'Dismiss' }

type NoticeWords = Readonly<Record<keyof typeof en, string>>

const zhTW: NoticeWords = { dismiss: '關閉提示' }

export const NOTICE_WORDS: Readonly<Record<string, NoticeWords>> = { en, 'zh-TW': zhTW }

export const noticeWords = (locale: string): NoticeWords => NOTICE_WORDS[locale] ?? en
