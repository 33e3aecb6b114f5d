import { isUuid } from '@homing/core'

/** What is on screen, kept in the address behind "#" so that back, reload and bookmarks work. */
export type Route =
  | { readonly name: 'inbox'; readonly conversation: string | null; readonly details: boolean }
  | { readonly name: 'deliveries' }

export const LIST: Route = { name: 'inbox', conversation: null, details: false }

export function parseRoute(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, '').split('/')
  if (first === 'deliveries') return { name: 'deliveries' }
  if (first === 'c' && second !== undefined && isUuid(second)) {
    return { name: 'inbox', conversation: second, details: third === 'details' }
  }
  return LIST
}

export function hrefOf(route: Route): string {
  if (route.name === 'deliveries') return '#/deliveries'
  if (route.conversation === null) return '#/'
  return `#/c/${route.conversation}${route.details ? '/details' : ''}`
}

export function hrefOfConversation(conversation: string): string {
  return hrefOf({ name: 'inbox', conversation, details: false })
}
