// Functions that run inside the page. Each is self-contained: it travels as its own text.

export type Located =
  | { readonly state: 'missing' | 'hidden' | 'moving' | 'offscreen' }
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
  // A click at where it is now would come too late for what is on its way somewhere else.
  for (let node: Node | null = element; node; node = node.parentNode) {
    if (node instanceof ShadowRoot) node = node.host
    if (!(node instanceof Element)) continue
    const moving = node.getAnimations().some((animation) => {
      const { iterations } = animation.effect?.getComputedTiming() ?? {}
      return animation.playState === 'running' && iterations !== Infinity
    })
    if (moving) return { state: 'moving' }
  }
  // Engines that do not know `currentCSSZoom` give boxes in the page's own, zoomed pixels.
  const { documentElement } = document
  const zoom =
    'currentCSSZoom' in documentElement ? 1 : Number(getComputedStyle(documentElement).zoom || 1)
  const x = Math.round((box.left + box.width / 2) * zoom)
  const y = Math.round((box.top + box.height / 2) * zoom)
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

/** In a framed page: run what the page around it asks for, see `askFrame`. */
export function answerAsFrame(): void {
  addEventListener('message', ({ data, ports: [port] }) => {
    const { source, args } = (data ?? {}) as { source?: unknown; args?: unknown[] }
    if (!port || typeof source !== 'string') return
    new Promise((resolve) => {
      // oxlint-disable-next-line no-eval -- functions of tests travel as their own text
      const run = (0, eval)(`(${source})`) as (...values: unknown[]) => unknown
      resolve(run(...(args ?? [])))
    }).then(
      (value) => port.postMessage({ value }),
      (error: unknown) => port.postMessage({ error: String(error) }),
    )
  })
}

/** Have a function run in the page of an iframe. */
export function askFrame(path: string, source: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }: MessageEvent<{ value?: unknown; error?: string }>) => {
      port1.close()
      if (data.error === undefined) resolve(data.value)
      else reject(new Error(data.error))
    }
    setTimeout(() => reject(new Error('The frame does not answer.')), 2_000)
    const frame = document.querySelector<HTMLIFrameElement>(path)
    frame?.contentWindow?.postMessage({ source, args }, '*', [port2])
  })
}

/** Where the inside of an iframe begins, CSS px of the viewport. */
export function insideOf(path: string): { x: number; y: number } {
  const frame = document.querySelector(path)
  const { left, top } = frame?.getBoundingClientRect() ?? { left: 0, top: 0 }
  return { x: left + (frame?.clientLeft ?? 0), y: top + (frame?.clientTop ?? 0) }
}

/** What typing does, without keys: the browser edits where the focus is, and says so. */
export function insertText(text: string): void {
  document.execCommand('insertText', false, text)
}

/** A key as the page hears it; the browser itself does nothing for it. */
export function pressKey(key: string, shiftKey: boolean): void {
  let focused = document.activeElement
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
  const options = { key, shiftKey, bubbles: true, cancelable: true, composed: true }
  focused?.dispatchEvent(new KeyboardEvent('keydown', options))
}

/** JSON that asks neither the page's `toJSON` nor, but for texts and numbers, its `JSON`. */
export function plainJson(value: unknown): string | undefined {
  const write = (part: unknown): string => {
    if (Array.isArray(part)) {
      const items: string[] = []
      for (let at = 0; at < part.length; at++) items[at] = write(part[at])
      return `[${items.join(',')}]`
    }
    if (typeof part !== 'object' || part === null) return JSON.stringify(part) ?? 'null'
    const fields: string[] = []
    for (const name of Object.keys(part)) {
      const field = (part as Record<string, unknown>)[name]
      if (field !== undefined) fields.push(`${JSON.stringify(name)}:${write(field)}`)
    }
    return `{${fields.join(',')}}`
  }
  return value === undefined ? undefined : write(value)
}
