const FOCUSABLE = 'button:not(:disabled), a[href], textarea, [tabindex="0"]'

/** Tab at the last element goes on with the first, and back: the sheet covers all else. */
export function keepFocusWithin(panel: HTMLElement, event: KeyboardEvent): void {
  const stops = [...panel.querySelectorAll<HTMLElement>(FOCUSABLE)]
  const active = (panel.getRootNode() as ShadowRoot | Document).activeElement
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
  if (active !== from && !(event.shiftKey && active === panel)) return
  event.preventDefault()
  to?.focus()
}

/**
 * Focus goes to where the reader acts next, but is never taken from a field of the page. With an
 * on-screen keyboard it goes to the panel itself: half the screen would be gone at once.
 */
export function moveFocusIn(panel: HTMLElement, touch: boolean): void {
  const root = panel.getRootNode()
  if (root instanceof ShadowRoot) {
    const active = root.ownerDocument.activeElement
    if (active && active !== root.ownerDocument.body && active !== root.host) return
  }
  const field = touch ? null : panel.querySelector<HTMLElement>('textarea')
  ;(field ?? panel).focus({ preventScroll: true })
}
