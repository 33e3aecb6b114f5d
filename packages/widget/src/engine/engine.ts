import type { Command, Consent, WidgetEvents } from '../commands.ts'
import type { StartEngine } from '../loader/handle.ts'
import { fill } from '../locales/fill.ts'
import { loadStrings, nearestLocale } from '../locales/load.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import { createTitleNote } from '../platform/title.ts'
import { watch } from '../signal.ts'
import type { CommandContext, Listeners } from './commands.ts'
import type { Session } from './session.ts'
import { createSession } from './session.ts'
import type { WidgetState } from './state.ts'
import { createState } from './state.ts'

/**
 * The engine's door: takes over from the loader, runs commands in order, and mounts the panel at
 * its first opening. A session begins with the first of: this browser has a conversation, the
 * visitor opens the panel, the page acts in the visitor's name.
 */
export const start: StartEngine = (handle) => {
  const { launcher, root, settings, options } = handle
  const listeners: Listeners = new Map()
  const undo: (() => void)[] = []
  let consent: Consent = options.consent ?? 'functional'
  let state: WidgetState | undefined
  let session: Session | undefined
  let container: HTMLElement | undefined
  let unmount = (): void => {}
  let opener: Element | null = null
  let stopped = false

  const emit = <Name extends keyof WidgetEvents>(name: Name, event: WidgetEvents[Name]): void => {
    for (const listener of listeners.get(name) ?? []) {
      try {
        ;(listener as (event: WidgetEvents[Name]) => void)(event)
      } catch (error) {
        // The page's own fault must not become ours.
        tellDeveloper('a listener failed.', error)
      }
    }
  }

  async function setLocale(wanted: string): Promise<void> {
    const locale = nearestLocale(wanted)
    const strings = await loadStrings(locale)
    if (stopped) return
    if (!state) {
      const { accent, scheme } = options
      const appearance = {
        ...settings.appearance,
        ...(accent && { accent }),
        ...(scheme && { scheme }),
      }
      state = createState({ ...settings, appearance }, strings, locale)
      follow(state)
    }
    state.strings.value = strings
    state.locale.value = locale
    state.direction.value = strings.direction === 'rtl' ? 'rtl' : 'ltr'
  }

  /** Launcher and page title follow the state. */
  function follow({ strings, unread, open }: WidgetState): void {
    const title = createTitleNote(document)
    const look = (): void => {
      const count = unread.peek()
      const texts = strings.peek()
      launcher.setOpen(open.peek())
      launcher.setLabel(open.peek() ? texts.close : texts.open)
      launcher.setUnread(open.peek() ? 0 : count, fill(texts.unreadLabel, { count }))
      if (!document.hidden) title.clear()
      else if (count > 0) title.show(fill(texts.newMessageTitle, { count }))
    }
    document.addEventListener('visibilitychange', look)
    undo.push(watch([strings, unread, open], look), title.clear, () =>
      document.removeEventListener('visibilitychange', look),
    )
  }

  function begin(shown: WidgetState): Session {
    session ??= createSession({
      state: shown,
      consent: () => consent,
      emit,
      remember: handle.remember,
      close: () => void setOpen(false),
    })
    return session
  }

  async function mountPanel(shown: WidgetState): Promise<void> {
    if (container) return
    const place = (container = document.createElement('div'))
    const { actions, ready } = begin(shown)
    const [{ mount }] = await Promise.all([import('../panel/panel.tsx'), ready])
    if (stopped || container !== place) return
    // Before the launcher, so that the order of reading is the order of tabbing.
    root.prepend(place)
    unmount = mount({ state: shown, actions, root, container: place, maxText: MAX_TEXT })
  }

  async function setOpen(open: boolean): Promise<void> {
    if (!state || stopped || state.open.peek() === open) return
    if (open) {
      opener = root.activeElement ?? document.activeElement
      try {
        await mountPanel(state)
      } catch (error) {
        container = undefined
        throw error
      }
      // Rendered closed first, so that opening is a motion.
      state.open.value = true
      session?.shown()
    } else {
      state.open.value = false
      // Back to where the visitor came from.
      const back = opener instanceof HTMLElement && opener.isConnected ? opener : launcher.element
      back.focus({ preventScroll: true })
    }
    emit(open ? 'open' : 'close', undefined)
  }

  function endSession(): void {
    unmount()
    container?.remove()
    session?.stop()
    unmount = () => {}
    container = session = undefined
  }

  const context = (shown: WidgetState): CommandContext => ({
    handle,
    state: shown,
    listeners,
    session: () => begin(shown),
    current: () => session,
    setOpen,
    setLocale,
    consent: () => consent,
    consentTo: (next, ends) => {
      consent = next
      if (!ends || !session) return false
      shown.open.value = false
      endSession()
      return true
    },
  })

  async function perform(command: Command): Promise<void> {
    if (!state || stopped) return
    const [verb] = command
    if (verb === 'open' || verb === 'close') return setOpen(verb === 'open')
    if (verb === 'toggle') return setOpen(!state.open.peek())
    return (await loadCommands()).perform(command, context(state))
  }

  /** Commands in order, each after the one before it is done. */
  let queue = setLocale(
    options.locale ?? settings.locale ?? (document.documentElement.lang || navigator.language),
  )
  const run = (work: () => Promise<void> | void): void => {
    queue = queue.then(work).catch((error) => tellDeveloper('a command failed.', error))
  }

  const { commands } = handle
  handle.receive((command) => run(() => perform(command)))
  run(async () => {
    if (state && handle.used) {
      if (consent === 'none') (await loadCommands()).forget(handle)
      else begin(state).shown()
    }
    emit('ready', undefined)
  })
  for (const command of commands) run(() => perform(command))

  return () => {
    stopped = true
    endSession()
    for (const work of undo.splice(0)) work()
  }
}

const loadCommands = () => import('./commands.ts')

/** Longest message, UTF-16 code units; the relay's limit. */
const MAX_TEXT = 4_000
