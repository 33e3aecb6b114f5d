/** What visitors read in our mails and behind the links in them, in their language. */
export interface VisitorWords {
  /** BCP 47 tag of these words. */
  readonly locale: string
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
  /** The page behind that link: before … */
  readonly stopAsk: string
  readonly stopMeans: string
  readonly stopButton: string
  /** … and after. */
  readonly stopped: string
  readonly stoppedMeans: string
}

const en: VisitorWords = {
  locale: 'en',
  subject: '{site} answered you',
  said: '{name} answered you:',
  saidByShop: '{site} answered you:',
  goOn: 'Go on with the conversation',
  yours: 'The link opens your conversation for 30 days, on any device. Keep it to yourself.',
  why: 'You left this address at {site} for answers that you miss there.',
  stop: 'No more of these mails',
  stopAsk: 'No more mails?',
  stopMeans: 'Answers that you miss at {site} will not be sent to you any more.',
  stopButton: 'Stop the mails',
  stopped: 'Done.',
  stoppedMeans: '{site} sends you no more of these mails. You still find the answers on its page.',
}

const zhTW: VisitorWords = {
  locale: 'zh-Hant-TW',
  subject: '{site} 回覆您了',
  said: '{name} 回覆您：',
  saidByShop: '{site} 回覆您：',
  goOn: '繼續對話',
  yours: '30 天內，這個連結可在任何裝置開啟您的對話，請勿轉給別人。',
  why: '您在 {site} 留下這個信箱，以便收到您錯過的回覆。',
  stop: '不再接收這類郵件',
  stopAsk: '不再接收郵件？',
  stopMeans: '您在 {site} 錯過的回覆將不再寄給您。',
  stopButton: '停止寄送',
  stopped: '完成了。',
  stoppedMeans: '{site} 不會再寄這類郵件給您，您仍可在網頁上看到回覆。',
}

/** Traditional Chinese has several tags; whoever reads another language gets English. */
export function visitorWords(locale: string | undefined): VisitorWords {
  return /^zh-(hant|tw|hk|mo)\b/i.test(locale ?? '') ? zhTW : en
}

export function fill(words: string, values: Readonly<Record<string, string>>): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
