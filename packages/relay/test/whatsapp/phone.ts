import type { Hooks } from './hooks.ts'

/** A person's WhatsApp, with what the business sent to it. */
export interface Phone {
  readonly number: string
  readonly name: string
  /** Meta's id of the person for this business, where the person has one. */
  readonly userId: string | undefined
  readonly inbox: readonly Received[]
  /** The next message that nobody has asked for yet, as soon as it is there. */
  next(): Promise<Received>
  write(text: string, options?: { readonly quote?: Received | string }): string
  /** A file with or without words. */
  send(file: SentFile): string
  react(to: Received, emoji: string): void
  /** Both ticks turn blue, of the last message unless said. */
  read(message?: Received): void
  /** The business's messages go as far as Meta and no further. */
  block(): void
  unblock(): void
  optOut(): string
}

export interface Received {
  /** Meta's id of the message, which a quote names. */
  readonly id: string
  readonly text: string
  readonly template: string | undefined
  readonly time: number
}

export interface SentFile {
  readonly bytes: Uint8Array
  readonly type: string
  readonly name?: string
  readonly caption?: string
}

export interface PhoneOptions {
  readonly name?: string
  readonly userId?: string
  /** Shows a user name instead of the number. */
  readonly numberHidden?: boolean
}

/** A phone as the simulator has it in hand. */
export interface OwnPhone extends Phone {
  deliver(message: Received): void
  readonly blocked: () => boolean
  /** When the person wrote last, ms; 0 for never. */
  readonly wrote: () => number
}

export interface PhoneTools {
  readonly hooks: Pick<Hooks, 'tell'>
  readonly business: string
  readonly now: () => number
  readonly newId: () => string
  /** Keeps a file; Meta's id of it. */
  readonly keep: (file: SentFile) => string
  readonly status: (phone: Phone, id: string, state: string) => void
}

export function createPhone(number: string, options: PhoneOptions, tools: PhoneTools): OwnPhone {
  const { hooks, now, newId } = tools
  const { name = `Owner of ${number}`, userId, numberHidden = false } = options
  const inbox: Received[] = []
  const waiting: ((message: Received) => void)[] = []
  let asked = 0
  let blocked = false
  let wrote = 0

  const say = (content: object): string => {
    const id = newId()
    wrote = now()
    const from = {
      ...(numberHidden ? {} : { from: number }),
      ...(userId ? { from_user_id: userId } : {}),
    }
    const known = {
      ...(numberHidden ? {} : { wa_id: number }),
      ...(userId ? { user_id: userId } : {}),
    }
    hooks.tell('messages', {
      contacts: [{ profile: { name }, ...known }],
      messages: [{ ...from, id, timestamp: String(Math.floor(now() / 1000)), ...content }],
    })
    return id
  }

  const phone: OwnPhone = {
    number,
    name,
    userId,
    inbox,
    next() {
      const message = inbox[asked]
      if (message) {
        asked++
        return Promise.resolve(message)
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    write(text, { quote } = {}) {
      const id = typeof quote === 'object' ? quote.id : quote
      return say({
        type: 'text',
        text: { body: text },
        ...(id === undefined ? {} : { context: { from: tools.business, id } }),
      })
    },
    send(file) {
      const kind = /^(image|video|audio)\//.exec(file.type)?.[1] ?? 'document'
      const part = {
        id: tools.keep(file),
        mime_type: file.type,
        ...(file.name === undefined ? {} : { filename: file.name }),
        ...(file.caption === undefined ? {} : { caption: file.caption }),
      }
      return say({ type: kind, [kind]: part })
    },
    react(to, emoji) {
      say({ type: 'reaction', reaction: { message_id: to.id, emoji } })
    },
    read(message = inbox.at(-1)) {
      if (message) tools.status(phone, message.id, 'read')
    },
    block() {
      blocked = true
    },
    unblock() {
      blocked = false
    },
    optOut: () => phone.write('STOP'),
    deliver(message) {
      inbox.push(message)
      const next = waiting.shift()
      if (!next) return
      asked++
      next(message)
    },
    blocked: () => blocked,
    wrote: () => wrote,
  }
  return phone
}
