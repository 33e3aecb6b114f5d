/**
 * What the suites ask of a real browser, and no more. Every engine gives the same, so one test
 * runs in all of them; what an engine cannot do is said by `keepsProfile`, not found out by a test.
 */
export type EngineName = 'chromium' | 'firefox' | 'webkit'

export interface Engine {
  readonly name: EngineName
  /** What the engine keeps in its profile outlives the browser. WebKit's driver always starts clean. */
  readonly keepsProfile: boolean
  launch(options?: LaunchOptions): Promise<Browser>
}

export interface LaunchOptions {
  /** Folder of the profile; a fresh one, removed at the end, when absent. */
  readonly profile?: string
  /** What `prefers-color-scheme` says. */
  readonly scheme?: 'light' | 'dark'
  readonly size?: Size
  /** A name that leads to this machine, for pages that are served there on `port`. */
  readonly alias?: { readonly name: string; readonly port: number }
  /** The visitor lets no site keep anything. WebKit's driver has no such setting. */
  readonly storage?: 'blocked'
}

export interface Size {
  /** CSS px of the page's viewport. */
  readonly width: number
  readonly height: number
}

export interface Browser {
  readonly engine: EngineName
  /** A new tab of the same profile, on `url`. */
  open(url: string): Promise<Tab>
  /** What went wrong on any page so far. */
  problems(): Promise<readonly Problem[]>
  /** Ends every process of the browser; may be called twice. */
  close(): Promise<void>
}

export interface Problem {
  /** A line of `console.error`, an uncaught error, or a breach of the page's security policy. */
  readonly kind: 'console' | 'error' | 'policy'
  readonly text: string
}

/** Elements are named by CSS selectors; `a >>> b` looks for b inside the open shadow root of a. */
export interface Tab {
  /** Resolve when the document is parsed; async scripts may still be on their way. */
  goto(url: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  /** Run a self-contained function in the page; arguments and result travel as JSON. */
  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result>
  /** Poll the page until the function gives something truthy, and return that. Throws after the deadline. */
  until<Args extends unknown[], Result>(
    run: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<NonNullable<Result>>
  /** The same tab with another deadline for everything it waits for. */
  within(ms: number): Tab
  /** The page in an iframe of this one, of whatever site; it has to run `answerAsFrame`. */
  frame(path: string): Tab
  /** A command of Chromium's DevTools protocol; other engines have none. */
  devtools(method: string, params?: object): Promise<unknown>
  /** Text of the element, or null while there is none. */
  text(path: string): Promise<string | null>
  /** Wait for the element to be there, still, and on top, then click its middle. */
  click(path: string): Promise<void>
  /** Click into the element and type. */
  type(path: string, text: string): Promise<void>
  /** Type where the focus is. */
  write(text: string): Promise<void>
  press(key: Key, options?: { readonly shift?: boolean }): Promise<void>
  resize(size: Size): Promise<void>
  /** The reader looks at it … */
  front(): Promise<void>
  /** … or looks elsewhere: `document.hidden`. */
  hide(): Promise<void>
  /** A PNG of the viewport. */
  screenshot(): Promise<Uint8Array>
  close(): Promise<void>
}

export type Key =
  | 'Enter'
  | 'Tab'
  | 'Escape'
  | 'Backspace'
  | 'ArrowUp'
  | 'ArrowDown'
  | 'Home'
  | 'End'
