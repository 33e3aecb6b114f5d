import type { Command, Consent, WidgetEvents, WidgetOptions } from '../commands.ts'
import type { Session } from './session.ts'
import type { WidgetState } from './state.ts'

/**
 * What a page may ask for beyond opening and closing. A download of its own: most pages never ask.
 */
export interface CommandContext {
  readonly state: WidgetState
  readonly listeners: Listeners
  session(): Session
  setOpen(open: boolean): Promise<void>
  setShown(shown: boolean): Promise<void>
  setLocale(locale: string): Promise<void>
  setTheme(theme: Pick<WidgetOptions, 'scheme' | 'accent'>): void
  setConsent(consent: Consent): Promise<void>
  complain(message: string): void
}

export type Listeners = Map<keyof WidgetEvents, ((event: never) => void)[]>

export async function perform(command: Command, context: CommandContext): Promise<void> {
  const { state, listeners } = context
  switch (command[0]) {
    case 'show':
    case 'hide':
      return context.setShown(command[0] === 'show')
    case 'on': {
      const [, name, listener] = command
      const hear = listener as (event: never) => void
      listeners.set(name, [...(listeners.get(name) ?? []), hear])
      // Who listens late hears what is so.
      if (name === 'ready') hear(undefined as never)
      if (name === 'unread') hear({ count: state.unread.peek() } as never)
      return
    }
    case 'newConversation':
      context.session().actions.newConversation()
      return context.setOpen(true)
    case 'openConversation': {
      const session = context.session()
      await session.ready
      session.actions.openConversation(text(command[1]))
      return context.setOpen(true)
    }
    case 'sendMessage':
    case 'prefill': {
      const words = text(command[1])
      const session = context.session()
      await session.ready
      return command[0] === 'prefill' ? session.prefill(words) : session.send(words)
    }
    case 'setLocale':
      return context.setLocale(text(command[1]))
    case 'setTheme':
      return context.setTheme(command[1])
    case 'setConsent':
      return context.setConsent(command[1])
    case 'update': {
      const { consent, locale, ...theme } = command[1]
      context.setTheme(theme)
      if (consent !== undefined) await context.setConsent(consent)
      if (locale !== undefined) await context.setLocale(locale)
      return
    }
    default:
      context.complain(`there is no command "${String(command[0])}".`)
  }
}

/** The page's own mistake is said where the page's developer looks. */
function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a text is expected, not ${typeof value}.`)
  return value
}
