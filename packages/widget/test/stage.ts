import type { Body, Draft, Entry, SiteSettings, ThreadInput } from '@homing/core'
import { foldThread } from '@homing/core'
import type { Mock } from 'vitest'
import { vi } from 'vitest'

import type { PanelActions, Thread, WidgetState } from '../src/engine/state.ts'
import { createState } from '../src/engine/state.ts'
import { en } from '../src/locales/en.ts'
import { mount } from '../src/panel/panel.tsx'

export const SETTINGS: SiteSettings = {
  key: 'pk_test',
  relay: 'https://relay.example',
  name: 'Fjell & Fjord',
  engine: 'https://relay.example/engine.js',
  appearance: { accent: '#a8482b', side: 'end', scheme: 'light' },
}

export const NOW = new Date(2026, 2, 12, 14, 40).getTime()
export const AGENT = { role: 'agent', id: 'a1', name: 'Lena' } as const
export const VISITOR = { role: 'visitor', id: 'v1' } as const

export interface Stage {
  readonly root: ShadowRoot
  readonly container: HTMLElement
  readonly state: WidgetState
  readonly actions: { readonly [K in keyof PanelActions]: Mock<PanelActions[K]> }
  /** Put a thread on screen, folded as the session would. */
  show(input: Partial<ThreadInput>, more?: Partial<Thread>): Promise<void>
  part(name: string): HTMLElement | null
  parts(name: string): HTMLElement[]
  /** Until the panel has drawn what changed. */
  drawn(): Promise<void>
  unmount(): void
}

/** The panel in an open shadow root, with a real state and actions that only take note. */
export function setStage(maxText = 4_000): Stage {
  const host = document.createElement('div')
  document.documentElement.append(host)
  const root = host.attachShadow({ mode: 'open' })
  const container = document.createElement('div')
  root.append(container)
  const state = createState(SETTINGS, en, 'en')
  state.screen.value = { name: 'thread', conversation: 'c1' }
  state.open.value = true
  const actions: Stage['actions'] = {
    close: vi.fn(),
    showList: vi.fn(),
    openConversation: vi.fn(),
    newConversation: vi.fn(),
    submit: vi.fn(() => void (state.composer.value = '')),
    typed: vi.fn((text: string) => void (state.composer.value = text)),
    retry: vi.fn(),
    discard: vi.fn(),
    seen: vi.fn(),
    loadEarlier: vi.fn(),
    dismissNotice: vi.fn(),
    secret: vi.fn(() => 'a-token'),
  }
  const stop = mount({ state, actions, root, container, maxText }, () => NOW)
  const drawn = async (): Promise<void> => {
    // What comes later is here; then the panel's own task, and Preact's for a component's state.
    await import('../src/panel/later.ts')
    for (let turn = 0; turn < 4; turn++) await Promise.resolve()
  }
  return {
    root,
    container,
    state,
    actions,
    async show(input, more = {}) {
      const items = foldThread({
        entries: [],
        drafts: [],
        read: { visitor: 0, agent: 0 },
        delivered: { visitor: 0, agent: 0 },
        side: 'visitor',
        dayOf: (time) => new Date(time).toDateString(),
        ...input,
      })
      state.thread.value = {
        ...state.thread.peek(),
        phase: items.length > 0 ? 'ready' : 'empty',
        items,
        head: input.entries?.at(-1)?.seq ?? 0,
        ...more,
      }
      await drawn()
    },
    part: (name) => root.querySelector<HTMLElement>(`[part="${name}"]`),
    parts: (name) => [...root.querySelectorAll<HTMLElement>(`[part="${name}"]`)],
    drawn,
    unmount() {
      stop()
      host.remove()
    },
  }
}

export function entry(seq: number, author: Entry['author'], body: Body | string): Entry {
  return {
    seq,
    id: `e${seq}`,
    author,
    time: NOW - 60_000 + seq,
    body: typeof body === 'string' ? { type: 'text', text: body } : body,
  }
}

export function draft(id: string, text: string, failed?: Draft['failed']): Draft {
  return {
    id,
    n: 1,
    conversation: 'c1',
    time: NOW,
    body: { type: 'text', text },
    ...(failed ? { failed } : {}),
  }
}
