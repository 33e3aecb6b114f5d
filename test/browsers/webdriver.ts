/** The few commands of W3C WebDriver that the suites need, over plain HTTP. */
export interface WebDriver {
  /** `path` is relative to the session. */
  get(path: string): Promise<unknown>
  post(path: string, body?: unknown): Promise<unknown>
  delete(path: string): Promise<unknown>
}

const COMMAND_TIMEOUT_MS = 60_000

/** `timeout` is for the start alone, ms. */
export async function openSession(
  address: string,
  capabilities: unknown,
  timeout: number,
): Promise<WebDriver> {
  const body = { capabilities: { alwaysMatch: capabilities } }
  const started = (await command('POST', `${address}/session`, body, timeout)) as {
    sessionId: string
  }
  const session = `${address}/session/${started.sessionId}`
  return {
    get: (path) => command('GET', session + path),
    post: (path, body = {}) => command('POST', session + path, body),
    delete: (path) => command('DELETE', session + path),
  }
}

async function command(
  method: string,
  url: string,
  body?: unknown,
  timeout = COMMAND_TIMEOUT_MS,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeout),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`WebDriver ${method} ${new URL(url).pathname}: ${error}: ${message}`)
}
