import type { RESUME_MARK, SiteSettings } from '@homing/core'

import type { Command, HomingFunction, WidgetOptions } from '../commands.ts'
import { tellDeveloper } from '../platform/developer-log.ts'
import type { StartEngine, StopEngine } from './handle.ts'
import hostCss from './host.css'
import { createHost } from './host.ts'
import type { Launcher } from './launcher.ts'
import launcherCss from './launcher.css'
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

/** Listeners and settings wait until somebody wants the widget. */
const CAN_WAIT = /^(on|update|set.+|close)$/

/** In an address that resumes a conversation; what exactly it says is read later. */
const FROM_MAIL: typeof RESUME_MARK = 'homing='

/** The launcher's label before the strings are loaded; by the page's language. */
const LABELS: Readonly<Record<string, string>> = { en: 'Open messages', zh: '開啟訊息' }

function main(): void {
  if (window[MARK]) return
  window[MARK] = true

  const early = window.homing?.q ?? []
  let waiting: Command[] = []
  let options: WidgetOptions = {}
  let widget: { readonly launcher: Launcher; load(): void; stop(): void } | undefined
  let run: ((command: Command) => void) | undefined

  const homing: HomingFunction = (...command: readonly unknown[]) =>
    take(command as unknown as Command)
  window.homing = homing

  const take = (command: Command): void => {
    const [verb] = command
    if (verb === 'boot') {
      options = { ...options, ...command[1] }
      if (widget) run?.(['update', options])
      else boot()
    } else if (verb === 'shutdown' || verb === 'destroy') {
      widget?.stop()
      widget = run = undefined
      waiting = []
      if (verb === 'destroy') {
        delete window.homing
        delete window[MARK]
        removeEventListener('hashchange', arrive)
      }
    } else if (run) {
      run(command)
    } else {
      waiting.push(command)
      if (!widget) return
      if (verb === 'hide' || verb === 'show') widget.launcher.element.hidden = verb === 'hide'
      else if (!CAN_WAIT.test(verb)) widget.load()
    }
  }

  function boot(): void {
    const { engine, appearance, locale } = settings
    const { root, destroy } = createHost(document, hostCss + launcherCss, () => {
      const open = launcher.element.ariaExpanded === 'true'
      take(['shutdown'])
      take(['boot'])
      if (open) take(['open'])
    })
    const language =
      (options.locale ?? locale ?? document.documentElement.lang) || navigator.language
    const used = wasUsed()
    let stopEngine: StopEngine | undefined
    let state: 'shown' | 'loading' | 'stopped' = 'shown'

    const load = (): void => {
      if (state !== 'shown') return
      state = 'loading'
      import(engine).then(
        ({ start }: { start: StartEngine }) => {
          if (state === 'stopped') return
          stopEngine = start({
            settings,
            options,
            root,
            launcher,
            used,
            commands: waiting,
            receive(next) {
              run = next
              waiting = []
            },
            remember,
          })
        },
        () => {
          // Offline, or blocked: the next intent tries again.
          if (state === 'loading') state = 'shown'
          tellDeveloper(`could not load ${engine}. Does script-src allow it?`)
        },
      )
    }
    const launcher = createLauncher({
      root,
      label: LABELS[language.slice(0, 2)] ?? LABELS['en'] ?? '',
      accent: options.accent ?? appearance.accent,
      side: appearance.side,
      offset: appearance.offset ?? { x: 20, y: 20 },
      onIntent: load,
      onClick: () => take(['toggle']),
    })
    widget = {
      launcher,
      load,
      stop() {
        state = 'stopped'
        stopEngine?.()
        destroy()
      },
    }
    if (used) idle(load)
    if (waiting.some(([verb]) => verb !== 'on')) load()
  }

  // A link in a mail leads to the page and on to the conversation; on a page that is open, too.
  const arrive = (): void => {
    if (location.hash.includes(FROM_MAIL)) take(['resume'])
  }

  take(['boot'])
  for (const command of early) take(command)
  arrive()
  addEventListener('hashchange', arrive)
}

function wasUsed(): boolean {
  try {
    return localStorage.getItem(FLAG) !== null
  } catch {
    return false
  }
}

function remember(used: boolean): void {
  try {
    if (used) localStorage.setItem(FLAG, '1')
    else localStorage.removeItem(FLAG)
  } catch {
    // A browser that keeps nothing has nothing to come back to.
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
