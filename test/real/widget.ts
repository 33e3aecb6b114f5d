import type { Tab } from '../browsers/browser.ts'

/** The widget on a page, by its parts: what a visitor can see and do. */
export interface Widget {
  /** Click the launcher and wait for the composer. */
  open(): Promise<void>
  /** Open it unless it is. */
  ensureOpen(): Promise<void>
  close(): Promise<void>
  send(text: string): Promise<void>
  /** Wait for a bubble with this text in one of these states, and return it. */
  bubble(text: string, ...states: BubbleState[]): Promise<Bubble>
  bubbles(): Promise<readonly Bubble[]>
  /** Wait for the launcher's badge to say this; "" for no badge. */
  badge(text: string): Promise<void>
}

export interface Bubble {
  readonly id: string
  readonly seq: number
  readonly state: string
  readonly text: string
}

/** `received`: the other side's. */
export type BubbleState = 'pending' | 'stored' | 'delivered' | 'read' | 'failed' | 'received'

/** It is in the log. */
export const STORED: readonly BubbleState[] = ['stored', 'delivered', 'read']

export const HOST = 'homing-widget'
export const LAUNCHER = `${HOST} >>> [part=launcher]`
export const INPUT = `${HOST} >>> [part=input]`
export const CLOSE = `${HOST} >>> [part=close]`

export function widgetOn(tab: Tab): Widget {
  const isOpen = (): Promise<boolean> => tab.evaluate(panelIsOpen)

  return {
    open: async () => {
      await tab.click(LAUNCHER)
      await tab.until(composerIsThere)
    },
    ensureOpen: async () => {
      await tab.until((host) => document.querySelector(host) !== null, HOST)
      if (!(await isOpen())) await tab.click(LAUNCHER)
      await tab.until(composerIsThere)
    },
    close: async () => {
      await tab.click(CLOSE)
      await tab.until(() => {
        const root = document.querySelector('homing-widget')?.shadowRoot
        return root?.querySelector('[part=frame]')?.getAttribute('data-open') !== 'true'
      })
    },
    send: async (text) => {
      await tab.type(INPUT, text)
      await tab.press('Enter')
    },
    bubble: (text, ...states) => tab.until(findBubble, text, states),
    bubbles: () => tab.evaluate(readBubbles),
    badge: async (text) => {
      await tab.until((wanted) => {
        const root = document.querySelector('homing-widget')?.shadowRoot
        return root?.querySelector('[part=launcher-badge]')?.textContent === wanted
      }, text)
    },
  }
}

// What follows runs in the page, each function on its own.

function panelIsOpen(): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector('[part=frame]')?.getAttribute('data-open') === 'true'
}

function composerIsThere(): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector('[part=frame][data-open=true] [part=input]') instanceof HTMLElement
}

function readBubbles(): Bubble[] {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return Array.from(root?.querySelectorAll<HTMLElement>('[part=bubble]') ?? [], (bubble) => ({
    id: bubble.dataset['id'] ?? '',
    seq: Number(bubble.dataset['seq'] ?? 0),
    state: bubble.dataset['state'] ?? '',
    text: bubble.querySelector('[part=text]')?.textContent ?? '',
  }))
}

function findBubble(text: string, states: string[]): Bubble | undefined {
  const root = document.querySelector('homing-widget')?.shadowRoot
  for (const bubble of root?.querySelectorAll<HTMLElement>('[part=bubble]') ?? []) {
    const state = bubble.dataset['state'] ?? ''
    if (bubble.querySelector('[part=text]')?.textContent !== text) continue
    if (states.length > 0 && !states.includes(state)) continue
    return {
      id: bubble.dataset['id'] ?? '',
      seq: Number(bubble.dataset['seq'] ?? 0),
      state,
      text,
    }
  }
  return undefined
}
