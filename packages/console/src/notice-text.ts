import type { NoticeItem, StatusBody } from '@homing/core'

import { fill, strings } from './strings.ts'

const TEXTS: Readonly<Record<StatusBody['status'], string>> = {
  open: strings.noticeReopened,
  resolved: strings.noticeResolved,
  joined: strings.noticeJoined,
}

/** What happened to the conversation, as a sentence. */
export function noticeText(body: NoticeItem['body'], name: string): string {
  if (body.type === 'status') return fill(TEXTS[body.status], { name })
  return body.asks
    ? fill(strings.noticeFollowedUp, { name })
    : fill(strings.noticeHandedOver, { name, app: body.app })
}
