/** What a mail says around the answers, in the visitor's language. */
export interface MailWords {
  readonly subject: string
  /** Above the answers. */
  readonly said: string
  /** When nobody in particular said it. */
  readonly saidByShop: string
  readonly goOn: string
  /** Under the link. */
  readonly yours: string
  /** Why it came. */
  readonly why: string
  readonly stop: string
}

const en: MailWords = {
  subject: '{site} answered you',
  said: '{name} answered you:',
  saidByShop: '{site} answered you:',
  goOn: 'Go on with the conversation',
  yours: 'The link opens your conversation for 30 days, on any device. Keep it to yourself.',
  why: 'You left this address at {site} for answers that you miss there.',
  stop: 'No more of these mails',
}

const zhTW: MailWords = {
  subject: '{site} 回覆您了',
  said: '{name} 回覆您：',
  saidByShop: '{site} 回覆您：',
  goOn: '繼續對話',
  yours: '30 天內，這個連結可在任何裝置開啟您的對話，請勿轉給別人。',
  why: '您在 {site} 留下這個信箱，以便收到您錯過的回覆。',
  stop: '不再接收這類郵件',
}

/** Traditional Chinese has several tags; whoever reads another language gets English. */
export function mailWords(locale: string | undefined): MailWords {
  return /^zh-(hant|tw|hk|mo)\b/i.test(locale ?? '') ? zhTW : en
}

export function fill(words: string, values: Readonly<Record<string, string>>): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
