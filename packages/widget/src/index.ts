import type { Commands, HomingFunction, WidgetEvents, WidgetOptions } from './commands.ts'

export type { Commands, Consent, WidgetEvents, WidgetOptions } from './commands.ts'

/**
 * Homing for those who bundle: the same verbs as `homing('verb', …)`, as typed methods. Nothing
 * happens on import. The widget itself comes from the relay, so that it is always the relay's own
 * version and costs the page's bundle next to nothing.
 *
 * @example
 * const homing = createHoming({ relay: 'https://relay.example.com', site: 'pk_live' })
 * homing.on('unread', ({ count }) => badge(count))
 */
export function createHoming(options: HomingOptions): Homing {
  const { relay, site, nonce, ...boot } = options
  const page = window as Window & { homing?: HomingFunction }
  if (!page.homing) {
    const waiting: HomingFunction = Object.assign(
      (...command: readonly unknown[]) => void waiting.q?.push(command as never),
      { q: [] },
    )
    page.homing = waiting
    addScript(new URL(`/widget/${encodeURIComponent(site)}.js`, relay).href, nonce)
  }
  const say = (...command: readonly unknown[]): void => {
    // After `destroy` there is nobody to talk to.
    ;(page.homing as ((...command: readonly unknown[]) => void) | undefined)?.(...command)
  }
  if (Object.keys(boot).length > 0) say('boot', boot)
  return {
    boot: (next) => say('boot', next),
    shutdown: () => say('shutdown'),
    destroy: () => say('destroy'),
    open: () => say('open'),
    close: () => say('close'),
    toggle: () => say('toggle'),
    show: () => say('show'),
    hide: () => say('hide'),
    on: <Name extends keyof WidgetEvents>(
      name: Name,
      listener: (event: WidgetEvents[Name]) => void,
    ) => say('on', name, listener),
    update: (next) => say('update', next),
    newConversation: () => say('newConversation'),
    openConversation: (id) => say('openConversation', id),
    sendMessage: (text) => say('sendMessage', text),
    prefill: (text) => say('prefill', text),
    setLocale: (locale) => say('setLocale', locale),
    setTheme: (theme) => say('setTheme', theme),
    setConsent: (consent) => say('setConsent', consent),
  }
}

export interface HomingOptions extends WidgetOptions {
  /** The relay's address, e.g. "https://relay.example.com". */
  readonly relay: string
  /** The site's public key, "pk_…". */
  readonly site: string
  /** The page's CSP nonce, where it has one. */
  readonly nonce?: string
}

export type Homing = Commands

/** The one Trusted Types policy; a page that lists its policies must allow the name. */
const POLICY = 'homing'

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string }
}

/** A policy's name can be taken once in a page's life. */
let policy: { createScriptURL(url: string): string } | undefined

function addScript(url: string, nonce: string | undefined): void {
  const script = document.createElement('script')
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes }
  script.async = true
  if (nonce !== undefined) script.nonce = nonce
  policy ??= trustedTypes?.createPolicy(POLICY, { createScriptURL: (same) => same })
  script.src = policy ? policy.createScriptURL(url) : url
  document.head.append(script)
}
