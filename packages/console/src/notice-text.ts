import type { NoticeItem, StatusBody } from '@homing/core'

import { fill, strings } from './strings.ts'

const TEXTS: Readonly<Record<StatusBody['status'], string>> = {
  open: strings.noticeReopened,
  resolved: strings.noticeResolved,
  joined: strings.noticeJoined,
}

/** What happened to the conversation, as a sentence. */
export function noticeText(body: NoticeItem['body'], name: string): string {
  return body.type === 'handed_over'
    ? fill(strings.noticeHandedOver, { name, app: body.app })
    : fill(TEXTS[body.status], { name })
}
