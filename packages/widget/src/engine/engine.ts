import type { Command, Consent, WidgetEvents } from '../commands.ts'
import type { Handle, StartEngine, StopEngine } from '../loader/handle.ts'
import { inkOn } from '../loader/ink.ts'
import { fill } from '../locales/fill.ts'
import { loadStrings, nearestLocale } from '../locales/load.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import { createTitleNote } from '../platform/title.ts'
import { watch } from '../signal.ts'
import type { Session } from './session.ts'
import { createSession } from './session.ts'
import type { WidgetState } from './state.ts'
import { createState } from './state.ts'

/**
 * The engine's door: takes over from the loader, runs commands, and mounts the panel at its first
 * opening. A session begins with the first of: this browser has a conversation, the visitor opens
 * the panel, the page sends in the visitor's name.
 */
export const start: StartEngine = (handle) => {
  const controller = createController(handle)
  return controller.stop
}

/** Longest message, UTF-16 code units; the relay's limit. */
const MAX_TEXT = 4_000

function createController(handle: Handle): { stop: StopEngine } {
  const { launcher, root, settings } = handle
  const listeners = new Map<keyof WidgetEvents, ((event: never) => void)[]>()
  const undo: (() => void)[] = []
  const title = createTitleNote(document)
  let consent: Consent = handle.options.consent ?? 'functional'
  let state: WidgetState | undefined
  let session: Session | undefined
  let container: HTMLElement | undefined
  let unmount: (() => void) | undefined
  let stopped = false
  let focused: Element | null = null

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
    const direction = strings.direction === 'rtl' ? 'rtl' : 'ltr'
    if (!state) {
      state = createState({ ...settings, appearance: look() }, strings, locale, direction)
      follow(state)
      return
    }
    state.strings.value = strings
    state.locale.value = locale
    state.direction.value = direction
  }

  const look = (): typeof settings.appearance => ({
    ...settings.appearance,
    ...(handle.options.accent === undefined ? {} : { accent: handle.options.accent }),
    ...(handle.options.scheme === undefined ? {} : { scheme: handle.options.scheme }),
  })

  /** Launcher and page title follow the state. */
  function follow(shown: WidgetState): void {
    undo.push(
      watch([shown.strings, shown.unread, shown.open], () => {
        const strings = shown.strings.peek()
        const count = shown.unread.peek()
        const open = shown.open.peek()
        launcher.setOpen(open)
        launcher.setLabel(open ? strings.close : strings.open)
        launcher.setUnread(open ? 0 : count, fill(strings.unreadLabel, { count }))
        if (count > 0 && document.hidden) title.show(fill(strings.newMessageTitle, { count }))
      }),
    )
    const look = (): void => {
      if (!document.hidden) title.clear()
    }
    document.addEventListener('visibilitychange', look)
    undo.push(() => {
      document.removeEventListener('visibilitychange', look)
      title.clear()
    })
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
    container = document.createElement('div')
    container.setAttribute('part', 'panel-host')
    const place = container
    const { mount } = await import('../panel/panel.tsx')
    const { actions, ready } = begin(shown)
    await ready
    if (stopped || container !== place) return
    // Before the launcher, so that the order of reading is the order of tabbing.
    root.prepend(place)
    unmount = mount({ state: shown, actions, root, container: place, maxText: MAX_TEXT })
  }

  async function setOpen(open: boolean): Promise<void> {
    await boot
    if (!state || stopped || state.open.peek() === open) return
    if (open) {
      focused = root.activeElement ?? document.activeElement
      begin(state)
      try {
        await mountPanel(state)
      } catch (error) {
        container = undefined
        tellDeveloper('the panel could not be loaded.', error)
        return
      }
      if (stopped) return
      // Rendered closed first, so that opening is a motion.
      state.open.value = true
      session?.shown(true)
      emit('open', undefined)
    } else {
      state.open.value = false
      session?.shown(false)
      const back =
        focused instanceof HTMLElement && focused.isConnected ? focused : launcher.element
      back.focus({ preventScroll: true })
      emit('close', undefined)
    }
  }

  /** Commands in order, each after the one before it is done. */
  let queue: Promise<void> = Promise.resolve()
  const run = (command: Command): void => {
    queue = queue
      .then(() => perform(command))
      .catch((error) => tellDeveloper('a command failed.', error))
  }

  async function perform(command: Command): Promise<void> {
    await boot
    if (!state || stopped) return
    switch (command[0]) {
      case 'open':
        return setOpen(true)
      case 'close':
        return setOpen(false)
      case 'toggle':
        return setOpen(!state.open.peek())
      case 'show':
        launcher.element.hidden = false
        return
      case 'hide':
        launcher.element.hidden = true
        return setOpen(false)
      case 'on': {
        const [, name, listener] = command
        listeners.set(name, [...(listeners.get(name) ?? []), listener as (event: never) => void])
        if (name === 'ready') emit('ready', undefined)
        if (name === 'unread') emit('unread', { count: state.unread.peek() })
        return
      }
      case 'newConversation':
        begin(state).actions.newConversation()
        return setOpen(true)
      case 'openConversation':
        await begin(state).ready
        session?.openConversation(command[1])
        return setOpen(true)
      case 'sendMessage':
        await begin(state).ready
        session?.sendMessage(command[1])
        return
      case 'prefill':
        await begin(state).ready
        session?.prefill(command[1])
        return
      case 'setLocale':
        return setLocale(command[1])
      case 'setTheme':
        return setTheme(command[1])
      case 'setConsent':
        return setConsent(command[1])
      case 'update': {
        const options = command[1]
        setTheme(options)
        if (options.consent !== undefined) await setConsent(options.consent)
        if (options.locale !== undefined) await setLocale(options.locale)
        return
      }
      case 'boot':
      case 'shutdown':
      case 'destroy':
        // The loader's own.
        return
      default:
        tellDeveloper(`there is no command "${String(command[0])}".`)
    }
  }

  function setTheme({
    scheme,
    accent,
  }: {
    scheme?: 'light' | 'dark' | 'auto'
    accent?: string
  }): void {
    if (!state) return
    if (scheme !== undefined) state.scheme.value = scheme
    if (accent === undefined) return
    const site = state.settings.peek()
    state.settings.value = { ...site, appearance: { ...site.appearance, accent } }
    launcher.setAccent(accent, inkOn(accent))
  }

  /** Less consent than before ends what was begun under more; `none` also forgets it. */
  async function setConsent(next: Consent): Promise<void> {
    const before = consent
    consent = next
    if ((before === 'none') === (next === 'none') || !session || !state) return
    const wasOpen = state.open.peek()
    await endSession(next === 'none')
    if (wasOpen) await setOpen(true)
  }

  async function endSession(forget: boolean): Promise<void> {
    if (!state) return
    state.open.value = false
    unmount?.()
    unmount = undefined
    container?.remove()
    container = undefined
    session?.stop()
    session = undefined
    if (forget) {
      handle.remember(false)
      try {
        indexedDB.deleteDatabase(`homing:${settings.key}`)
      } catch {
        // Where storage is denied there is nothing to forget.
      }
    }
  }

  const language =
    handle.options.locale ??
    settings.locale ??
    (document.documentElement.lang || navigator.language)
  const boot = setLocale(language).catch((error) =>
    tellDeveloper('the texts could not be loaded.', error),
  )

  const commands = handle.commands
  handle.receive(run)
  for (const command of commands) run(command)
  void boot.then(() => {
    if (!state || stopped) return
    if (handle.used) begin(state).shown(true)
    emit('ready', undefined)
  })

  return {
    stop: () => {
      if (stopped) return
      stopped = true
      unmount?.()
      container?.remove()
      session?.stop()
      for (const work of undo.splice(0)) work()
      listeners.clear()
    },
  }
}
