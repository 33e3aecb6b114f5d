const FOCUSABLE = 'button:not(:disabled), a[href], textarea, [tabindex="0"]'
/** Where somebody may be typing; a frame of the page is such a place for all we can know. */
const FIELD = 'input, textarea, select, iframe, [contenteditable]'

/** Tab at the last element goes on with the first, and back: the sheet covers all else. */
export function keepFocusWithin(panel: HTMLElement, event: KeyboardEvent): void {
  const stops = [...panel.querySelectorAll<HTMLElement>(FOCUSABLE)]
  const active = (panel.getRootNode() as ShadowRoot | Document).activeElement
  const [from, to] = event.shiftKey ? [0, -1] : [-1, 0]
  if (active !== stops.at(from) && !(event.shiftKey && active === panel)) return
  event.preventDefault()
  stops.at(to)?.focus()
}

/**
 * Focus goes to where the reader acts next, but is never taken from a field of the page. With an
 * on-screen keyboard it goes to the panel itself: half the screen would be gone at once.
 */
export function moveFocusIn(panel: HTMLElement, touch: boolean): void {
  const { host } = panel.getRootNode() as ShadowRoot
  let active = panel.ownerDocument.activeElement
  // A field may be inside a component of the page.
  while (active !== host && active?.shadowRoot?.activeElement) {
    active = active.shadowRoot.activeElement
  }
  if (active?.matches(FIELD)) return
  const field = touch ? null : panel.querySelector<HTMLElement>('textarea')
  ;(field ?? panel).focus({ preventScroll: true })
}
