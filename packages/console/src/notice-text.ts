import type { StatusBody } from '@homing/core'

import { fill, strings } from './strings.ts'

const TEXTS: Readonly<Record<StatusBody['status'], string>> = {
  open: strings.noticeReopened,
  resolved: strings.noticeResolved,
  joined: strings.noticeJoined,
}

/** What happened to the conversation, as a sentence. */
export function noticeText(status: StatusBody['status'], name: string): string {
  return fill(TEXTS[status], { name })
}
