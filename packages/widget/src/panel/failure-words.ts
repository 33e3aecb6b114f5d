/** Why a message did not get through, in the visitor's words. */
const en = {
  tooLong: 'It is too long.',
  tooMany: 'Too many messages at once.',
  notAccepted: 'It was not accepted.',
  /** It is here, and nobody over there has it. */
  undelivered: 'Not delivered',
  tooLongThere: 'It is too long to be passed on.',
  refusedThere: 'It could not be passed on.',
}

type FailureWords = Readonly<Record<keyof typeof en, string>>

const zhTW: FailureWords = {
  tooLong: '訊息太長了。',
  tooMany: '一次傳送太多訊息了。',
  notAccepted: '訊息沒有被接受。',
  undelivered: '未能送達',
  tooLongThere: '訊息太長，無法轉達。',
  refusedThere: '訊息無法轉達。',
}

export const FAILURE_WORDS: Readonly<Record<string, FailureWords>> = { en, 'zh-TW': zhTW }

export const failureWords = (locale: string): FailureWords => FAILURE_WORDS[locale] ?? en
