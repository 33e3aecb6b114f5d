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

  it('while the page has a modal it is in there, and back afterwards', async () => {
    const modal = document.createElement('div')
    modal.setAttribute('aria-modal', 'true')
    modal.checkVisibility = () => !modal.hidden
    const field = document.createElement('input')
    modal.append(field)
    host = createHost(document, '', erased)
    const same = element() as HTMLElement
    same.showPopover = vi.fn()
    document.body.append(modal)
    field.dispatchEvent(new Event('focusin', { bubbles: true }))
    expect(same.parentElement).toBe(modal)
    expect(same.showPopover).toHaveBeenCalledOnce()
    modal.hidden = true
    await vi.waitFor(() => expect(same.parentElement).toBe(document.documentElement))
    expect(same.popover).toBeNull()
  })

  it('a page that wrote itself anew took the listeners: the widget is told', async () => {
    host = createHost(document, '', erased)
    const same = element() as HTMLElement
    same.onkeydown = null
    same.remove()
    await vi.waitFor(() => expect(erased).toHaveBeenCalledOnce())
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
