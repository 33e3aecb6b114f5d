import type { HandOverRequest, HandOverResponse } from '@homing/core'

import { post } from '../sheet/post.ts'

/** A way into the app from the relay. Rejects when there is none now. */
export async function askHandOver(
  relay: string,
  request: HandOverRequest,
): Promise<HandOverResponse> {
  const response = await post(relay, 'hand-over', request)
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
