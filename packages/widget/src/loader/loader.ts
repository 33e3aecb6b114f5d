import type { SiteSettings } from '@homing/core'

import type { Command, HomingFunction, WidgetOptions } from '../commands.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import type { Handle, StartEngine, StopEngine } from './handle.ts'
import hostCss from './host.css'
import { createHost } from './host.ts'
import { inkOn } from './ink.ts'
import { createLauncher } from './launcher.ts'

/**
 * The script tag. At page load it draws the launcher and takes commands, and nothing else: no
 * storage, no request, no cookie. The engine is fetched when there is something for it to do: at
 * idle where this browser has a conversation, else at the first hint that the visitor will use it.
 *
 *   off ──boot──▶ shown ──intent, command, or idle with a conversation──▶ loading ──▶ running
 *    ▲                                                                                  │
 *    └──────────────────────────────── shutdown ◀───────────────────────────────────────┘
 */

declare const window: Window & { homing?: HomingFunction; [MARK]?: true }

// The relay puts the site's public settings in the place of the text; `Object` keeps the minifier
// from reasoning about it.
const settings = Object('__HOMING_SETTINGS__') as SiteSettings

/** Two script tags, of whatever age, make one widget. */
const MARK = Symbol.for('homing')
const FLAG = `homing:${settings.key}`

/** The launcher's label before the strings are loaded; by the page's language. */
const LABELS: Readonly<Record<string, string>> = { en: 'Open messages', zh: '開啟訊息' }

function main(): void {
  if (window[MARK]) return
  window[MARK] = true

  const early = window.homing?.q ?? []
  let waiting: Command[] = []
  let run: ((command: Command) => void) | undefined
  let stopLoader: (() => void) | undefined
  let options: WidgetOptions = {}

  const homing: HomingFunction = (...command: readonly unknown[]) =>
    take(command as unknown as Command)
  window.homing = homing

  const take = (command: Command): void => {
    const [verb] = command
    if (verb === 'boot') {
      options = { ...options, ...command[1] }
      if (!stopLoader) stopLoader = boot()
      else run?.(['update', options])
    } else if (verb === 'shutdown' || verb === 'destroy') {
      stopLoader?.()
      stopLoader = undefined
      waiting = []
      if (verb === 'destroy') {
        delete window.homing
        delete window[MARK]
      }
    } else if (run) {
      run(command)
    } else {
      waiting.push(command)
      // Listeners and settings can wait until somebody wants the widget.
      if (
        verb === 'update' ||
        verb === 'setLocale' ||
        verb === 'setTheme' ||
        verb === 'setConsent' ||
        verb === 'on' ||
        verb === 'close'
      )
        return
      if (verb === 'hide') shown(false)
      else if (verb === 'show') shown(true)
      else load()
    }
  }

  let shown: (shown: boolean) => void = () => {}
  let load = (): void => {}

  function boot(): () => void {
    const { appearance } = settings
    const accent = options.accent ?? appearance.accent
    const host = createHost(document, hostCss)
    const language =
      (options.locale ?? settings.locale ?? document.documentElement.lang) || navigator.language
    let stopEngine: StopEngine | undefined
    let loading = false
    let stopped = false

    const launcher = createLauncher({
      root: host.root,
      label: LABELS[language.slice(0, 2)] ?? LABELS['en'] ?? '',
      accent,
      ink: inkOn(accent),
      side: appearance.side,
      offset: appearance.offset ?? { x: 20, y: 20 },
      onIntent: () => load(),
      onClick: () => take(['toggle']),
    })

    const used = wasUsed()
    const handle: Handle = {
      settings,
      used,
      get options() {
        return options
      },
      root: host.root,
      launcher,
      get commands() {
        return waiting
      },
      receive: (next) => {
        run = next
        waiting = []
      },
      remember: (used) => {
        try {
          if (used) localStorage.setItem(FLAG, '1')
          else localStorage.removeItem(FLAG)
        } catch {
          // A browser that keeps nothing has nothing to come back to.
        }
      },
    }

    shown = (visible) => (launcher.element.hidden = !visible)
    load = () => {
      if (loading || stopped) return
      loading = true
      import(settings.engine).then(
        ({ start }: { start: StartEngine }) => {
          if (!stopped) stopEngine = start(handle)
        },
        () => {
          // Offline, or blocked: the next intent tries again.
          loading = false
          tellDeveloper(`could not load ${settings.engine}. Does script-src allow it?`)
        },
      )
    }
    if (used) idle(() => load())
    if (waiting.some(([verb]) => verb !== 'on')) load()

    return () => {
      stopped = true
      stopEngine?.()
      run = undefined
      launcher.destroy()
      host.destroy()
    }
  }

  take(['boot'])
  for (const command of early) take(command)
}

function wasUsed(): boolean {
  try {
    return localStorage.getItem(FLAG) !== null
  } catch {
    return false
  }
}

/** When the page has had its time; Safari has no idle callback. */
function idle(work: () => void): void {
  const later = (): void => {
    if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 3_000 })
    else setTimeout(work, 300)
  }
  if (document.readyState === 'complete') later()
  else addEventListener('load', later, { once: true })
}

main()
