/** Longer than this nobody watches nothing happen, ms. */
const TIMEOUT_MS = 10_000

/** What is asked of the relay past the link. Rejects when nobody answers. */
export function post(relay: string, path: string, request: object): Promise<Response> {
  // A text without a type of its own needs no preflight.
  return fetch(`${relay}/v1/${path}`, {
    method: 'POST',
    body: JSON.stringify(request),
    credentials: 'omit',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
}
