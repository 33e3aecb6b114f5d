import type { Command, Consent, WidgetEvents, WidgetOptions } from '../commands.ts'
import type { Handle } from '../loader/handle.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import type { Session } from './session.ts'
import type { WidgetState } from './state.ts'

/**
 * What a page may ask for beyond opening and closing. A download of its own: most pages never ask.
 */
export interface CommandContext {
  readonly handle: Handle
  readonly state: WidgetState
  readonly listeners: Listeners
  session(): Session
  /** The one that there is now, and none is begun for it. */
  current(): Session | undefined
  setOpen(open: boolean): Promise<void>
  setLocale(locale: string): Promise<void>
  consent(): Consent
  /** `ends`: what was begun under another consent ends; true when something was. */
  consentTo(next: Consent, ends: boolean): boolean
}

export type Listeners = Map<keyof WidgetEvents, ((event: never) => void)[]>

export async function perform(command: Command, context: CommandContext): Promise<void> {
  const { state, listeners } = context
  switch (command[0]) {
    case 'show':
    case 'hide':
      context.handle.launcher.element.hidden = command[0] === 'hide'
      return command[0] === 'hide' ? context.setOpen(false) : undefined
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
    case 'resume':
      return (await import('../resume/resume.ts')).resume(context)
    case 'setLocale':
      return context.setLocale(text(command[1]))
    case 'setTheme':
      return setTheme(command[1], context)
    case 'setConsent':
      return setConsent(command[1], context)
    case 'update': {
      const { consent, locale, ...theme } = command[1]
      setTheme(theme, context)
      if (consent !== undefined) await setConsent(consent, context)
      if (locale !== undefined) await context.setLocale(locale)
      return
    }
    default:
      tellDeveloper(`there is no command "${String(command[0])}".`)
  }
}

/** This browser keeps nothing of the visitor any more. */
export function forget({ remember, settings }: Handle): void {
  remember(false)
  indexedDB.deleteDatabase(`homing:${settings.key}`)
}

function setTheme({ scheme, accent }: Theme, { state, handle }: CommandContext): void {
  if (scheme !== undefined) state.scheme.value = scheme
  if (accent === undefined) return
  const site = state.settings.peek()
  state.settings.value = { ...site, appearance: { ...site.appearance, accent } }
  handle.launcher.setAccent(accent)
}

/** What was begun under one consent does not go on under another; `none` also forgets it. */
async function setConsent(next: Consent, context: CommandContext): Promise<void> {
  const wasOpen = context.state.open.peek()
  const ends = (context.consent() === 'none') !== (next === 'none')
  if (!context.consentTo(next, ends)) return
  if (next === 'none') forget(context.handle)
  if (wasOpen) await context.setOpen(true)
}

type Theme = Pick<WidgetOptions, 'scheme' | 'accent'>

/** The page's own mistake is said where the page's developer looks. */
function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a text is expected, not ${typeof value}.`)
  return value
}
