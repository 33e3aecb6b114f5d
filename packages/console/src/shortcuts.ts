import type { Stop } from '@homing/core'

import type { Desk } from './desk.ts'
import { LIST } from './route.ts'

/**
 *   J ↓ next conversation · K ↑ previous · R reply · / search · Esc one step back
 *
 * Letters and arrows count outside of fields only; the arrows also only with the list in focus,
 * for elsewhere they scroll.
 */
export function listenToKeys(desk: Desk, page: Document): Stop {
  const { state, actions } = desk

  const move = (step: 1 | -1): void => {
    const route = state.route.value
    if (route.name !== 'inbox') return
    const rows = state.visible.value
    const at = rows.findIndex((row) => row.id === route.conversation)
    const next = rows[at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step]
    if (!next) return
    actions.go({ name: 'inbox', conversation: next.id, details: false })
    page.querySelector<HTMLElement>(`[data-row="${next.id}"]`)?.focus()
  }

  const back = (target: Element): void => {
    const route = state.route.value
    if (isField(target) && target instanceof HTMLElement) {
      // Out of the field first, onto the row it belongs to: the letters work again.
      const row = page.querySelector<HTMLElement>('[data-row][aria-current]')
      if (row && row.offsetParent !== null) row.focus()
      else target.blur()
      return
    }
    if (route.name !== 'inbox' || route.conversation === null) return
    if (route.details) actions.go({ ...route, details: false })
    else actions.go(LIST)
  }

  const onKey = (event: KeyboardEvent): void => {
    const { target } = event
    if (event.defaultPrevented || event.isComposing || !(target instanceof Element)) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') {
      back(target)
      return
    }
    if (isField(target)) return
    const arrows = target.closest('[data-list]') !== null
    if (arrows && event.key === 'ArrowDown') move(1)
    else if (arrows && event.key === 'ArrowUp') move(-1)
    else if (!desk.shortcuts.value) return
    else if (event.key === 'j') move(1)
    else if (event.key === 'k') move(-1)
    else if (event.key === 'r') page.querySelector<HTMLElement>('[data-reply]')?.focus()
    else if (event.key === '/') page.querySelector<HTMLElement>('[data-search]')?.focus()
    else return
    event.preventDefault()
  }

  page.addEventListener('keydown', onKey)
  return () => page.removeEventListener('keydown', onKey)
}

function isField(element: Element): boolean {
  return element.matches('input, textarea, select, [contenteditable]')
}
