// Functions that run inside the page. Each is self-contained: it travels as its own text.

export type Located =
  | { readonly state: 'missing' | 'hidden' | 'offscreen' }
  | { readonly state: 'covered'; readonly by: string }
  | { readonly state: 'there'; readonly x: number; readonly y: number }

/** Where the middle of an element is, and whether a click there would reach it. */
export function locate(path: string): Located {
  let scope: Document | ShadowRoot | null = document
  let element: Element | null = null
  for (const selector of path.split('>>>')) {
    element = scope?.querySelector(selector.trim()) ?? null
    scope = element?.shadowRoot ?? null
  }
  if (!element) return { state: 'missing' }
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
  const box = element.getBoundingClientRect()
  if (box.width === 0 || box.height === 0) return { state: 'hidden' }
  const x = Math.round(box.left + box.width / 2)
  const y = Math.round(box.top + box.height / 2)
  if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return { state: 'offscreen' }
  let top = document.elementFromPoint(x, y)
  while (top?.shadowRoot) {
    const inner = top.shadowRoot.elementFromPoint(x, y)
    if (!inner || inner === top) break
    top = inner
  }
  for (let node: Node | null = top; node; node = node.parentNode ?? null) {
    if (node === element) return { state: 'there', x, y }
    if (node instanceof ShadowRoot && node.host === element) return { state: 'there', x, y }
  }
  return { state: 'covered', by: top ? `<${top.localName} class="${top.className}">` : 'nothing' }
}

export function textOf(path: string): string | null {
  let scope: Document | ShadowRoot | null = document
  let element: Element | null = null
  for (const selector of path.split('>>>')) {
    element = scope?.querySelector(selector.trim()) ?? null
    scope = element?.shadowRoot ?? null
  }
  return element?.textContent ?? null
}

/** Keep what goes wrong on the page in `window.__problems`. Runs before the page's own scripts where the engine can. */
export function recordProblems(): void {
  const page = window as unknown as { __problems?: { kind: string; text: string }[] }
  if (page.__problems) return
  const problems: { kind: string; text: string }[] = []
  Object.defineProperty(page, '__problems', { value: problems, enumerable: false })
  addEventListener('error', (event) => {
    if (event instanceof ErrorEvent)
      problems.push({ kind: 'error', text: String(event.error ?? event.message) })
  })
  addEventListener('unhandledrejection', (event) => {
    problems.push({ kind: 'error', text: `rejected: ${String(event.reason)}` })
  })
  document.addEventListener('securitypolicyviolation', (event) => {
    const { effectiveDirective, blockedURI, sample, sourceFile, lineNumber } = event
    // The browser asks for it by itself, whatever the page holds.
    if (blockedURI.endsWith('/favicon.ico')) return
    const text = `${effectiveDirective} ${blockedURI} ${sample} (${sourceFile}:${lineNumber})`
    problems.push({ kind: 'policy', text })
  })
  const error = console.error
  console.error = (...values: unknown[]) => {
    problems.push({ kind: 'console', text: values.map(String).join(' ') })
    error.apply(console, values)
  }
}

/** Hand over what was recorded, once. */
export function takeProblems(): { kind: 'console' | 'error' | 'policy'; text: string }[] {
  const page = window as unknown as {
    __problems?: { kind: 'console' | 'error' | 'policy'; text: string }[]
  }
  return page.__problems?.splice(0) ?? []
}
