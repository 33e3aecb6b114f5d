/** Settings of the Telegram connector, checked. */
export interface TelegramSettings {
  /** Address of the Bot API without a slash at the end. */
  readonly api: string
  /** "<the bot's id>:<secret>", from BotFather. */
  readonly token: string
  /** The bot's own id, which the token begins with. */
  readonly bot: number
  /** Comes back with every webhook. */
  readonly secret: string
  /** The forum in which conversations become topics; needed as a desk only. */
  readonly group?: number
  /** As in t.me/…; links to the bot need it. */
  readonly username?: string
}

/** A topic of a forum, or a chat with one person. */
export interface TelegramThread {
  readonly chat: number
  readonly topic?: number
}

/** The chat stands in it, for a conversation stays where it is when the settings change. */
export function threadName({ chat, topic }: TelegramThread): string {
  return topic === undefined ? String(chat) : `${chat}/${topic}`
}

export function readThread(name: string): TelegramThread | undefined {
  const [, chat, topic] = /^(-?\d{1,16})(?:\/(\d{1,12}))?$/.exec(name) ?? []
  if (chat === undefined) return undefined
  return { chat: Number(chat), ...(topic === undefined ? {} : { topic: Number(topic) }) }
}

/** Telegram numbers messages within a chat. */
export function messageName(chat: number, message: number): string {
  return `${chat}:${message}`
}

/** Longest text of a message, after markup. */
export const MAX_MESSAGE = 4_096
