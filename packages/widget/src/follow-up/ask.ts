import type { FollowUpRequest } from '@homing/core'

import { post } from '../sheet/post.ts'

/** Why an address was not taken; the names of the words that say it. */
export type Refusal = 'notAddress' | 'offline' | 'tooMany' | 'failed'

/** Leaves the address at the relay; undefined: it has it. */
export async function askFollowUp(
  relay: string,
  request: FollowUpRequest,
): Promise<Refusal | undefined> {
  let response: Response
  try {
    response = await post(relay, 'follow-up', request)
  } catch {
    return 'offline'
  }
  if (response.ok) return undefined
  return response.status === 400 ? 'notAddress' : response.status === 429 ? 'tooMany' : 'failed'
}
