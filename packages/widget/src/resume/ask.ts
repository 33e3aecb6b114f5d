import type { ResumeRequest, ResumeResponse } from '@homing/core'

import { post } from '../sheet/post.ts'

/** `ended`: the code leads nowhere any more. `later`: nobody could say. */
export type ResumeAnswer =
  | { readonly kind: 'resumed'; readonly conversation: string }
  | { readonly kind: 'ended' | 'later' }

/** The relay has no such code, or never had. */
const ENDED: readonly number[] = [400, 404]

/** Which conversation the code leads to. */
export async function askResume(relay: string, request: ResumeRequest): Promise<ResumeAnswer> {
  try {
    const response = await post(relay, 'resume', request)
    if (ENDED.includes(response.status)) return { kind: 'ended' }
    const { conversation } = (await response.json()) as Partial<ResumeResponse>
    return response.ok && typeof conversation === 'string'
      ? { kind: 'resumed', conversation }
      : { kind: 'later' }
  } catch {
    return { kind: 'later' }
  }
}
