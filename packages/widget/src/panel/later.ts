import listCss from './list.css'

/**
 * What a panel can be opened and used without: fetched as soon as it is on screen, and drawn when
 * it is here. Until then a list is empty for a moment, and an address is text.
 */
export { parseText } from '@homing/core'
export { ConversationList } from './conversation-list.tsx'

export const css: string = listCss
