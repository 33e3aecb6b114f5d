import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Host } from './host.ts'
import { createHost } from './host.ts'

const erased = vi.fn()
let host: Host | undefined
afterEach(() => host?.destroy())

const element = (): Element | null => document.querySelector('homing-widget')

describe('the host element', () => {
  it('stands on <html>, open, and is gone after destroy', () => {
    host = createHost(document, '', erased)
    expect(element()?.parentElement).toBe(document.documentElement)
    expect(element()?.shadowRoot).toBe(host.root)
    host.destroy()
    host.destroy()
    expect(element()).toBeNull()
  })

  it('thrown out by the page, the same element comes back with its state', async () => {
    host = createHost(document, '', erased)
    const same = element()
    same?.remove()
    await vi.waitFor(() => expect(element()).toBe(same))
  })

  it('a page that insists may have its way', async () => {
    host = createHost(document, '', erased)
    const same = element()
    for (let i = 0; i < 6; i++) {
      same?.remove()
      await new Promise<void>((resolve) => queueMicrotask(resolve))
      await Promise.resolve()
    }
    expect(element()).toBeNull()
  })

  it('keys that are typed inside do not reach the page', () => {
    host = createHost(document, '', erased)
    const input = document.createElement('input')
    host.root.append(input)
    const heard: string[] = []
    const listen = (event: Event): void => void heard.push(event.type)
    for (const name of ['keydown', 'paste', 'click']) document.addEventListener(name, listen)
    for (const name of ['keydown', 'paste', 'click']) {
      input.dispatchEvent(new Event(name, { bubbles: true, composed: true }))
    }
    expect(heard).toEqual(['click'])
  })
})
