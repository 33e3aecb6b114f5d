import laterCss from './later.css'

/**
 * What a panel can be opened and used without: fetched as soon as it is on screen, and drawn when
 * it is here. Until then a list is empty for a moment, and an address or a refusal is text.
 */
export { ConversationList } from './conversation-list.tsx'
export { Counter } from './counter.tsx'
export { Failure } from './failure.tsx'
export { HandOver, handedOverText } from './hand-over.tsx'
export { Latest } from './latest.tsx'
export { linked } from './linked.tsx'
export { Notice } from './notice.tsx'

export const css: string = laterCss
