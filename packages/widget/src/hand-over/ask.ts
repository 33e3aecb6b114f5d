import type { HandOverRequest, HandOverResponse } from '@homing/core'

/** Longer than this nobody watches nothing happen, ms. */
const TIMEOUT_MS = 10_000

/** A way into the app from the relay. Rejects when there is none now. */
export async function askHandOver(
  relay: string,
  request: HandOverRequest,
): Promise<HandOverResponse> {
  // A text without a type of its own needs no preflight.
  const response = await fetch(`${relay}/v1/hand-over`, {
    method: 'POST',
    body: JSON.stringify(request),
    credentials: 'omit',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const answer = (await response.json()) as Partial<HandOverResponse>
  if (!response.ok || typeof answer.code !== 'string' || !isLink(answer.url)) {
    throw new Error(`The relay answered ${response.status}.`)
  }
  return answer as HandOverResponse
}

/** It becomes a link on somebody's page. */
function isLink(url: unknown): boolean {
  return typeof url === 'string' && /^(https|sms):/.test(url)
}
