/** For the developer of the page: one line each, never a visitor's words. */
export function tellDeveloper(message: string, error?: unknown): void {
  // oxlint-disable-next-line no-console -- the only place where the widget writes to the console
  console.error(...(error === undefined ? [`Homing: ${message}`] : [`Homing: ${message}`, error]))
}
