import { isUuid } from '@homing/core'

/** What is on screen, kept in the address behind "#" so that back, reload and bookmarks work. */
export type Route =
  | { readonly name: 'inbox'; readonly conversation: string | null; readonly details: boolean }
  /** What was refused: by one connector, or by all of them. */
  | { readonly name: 'deliveries'; readonly connector: string | null }
  /** One that is set up, or the list of them. */
  | { readonly name: 'connectors'; readonly connector: string | null }
  /** Setting up one of this type, or choosing the type. */
  | { readonly name: 'connect'; readonly type: string | null }

export const LIST: Route = { name: 'inbox', conversation: null, details: false }

/** Names of connectors and of their types. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/

export function parseRoute(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, '').split('/')
  const name = second !== undefined && NAME.test(second) ? second : null
  if (first === 'deliveries') return { name: 'deliveries', connector: name }
  if (first === 'connectors') return { name: 'connectors', connector: name }
  if (first === 'connect') return { name: 'connect', type: name }
  if (first === 'c' && second !== undefined && isUuid(second)) {
    return { name: 'inbox', conversation: second, details: third === 'details' }
  }
  return LIST
}

export function hrefOf(route: Route): string {
  switch (route.name) {
    case 'deliveries':
    case 'connectors':
      return `#/${route.name}${route.connector === null ? '' : `/${route.connector}`}`
    case 'connect':
      return `#/connect${route.type === null ? '' : `/${route.type}`}`
    case 'inbox':
      if (route.conversation === null) return '#/'
      return `#/c/${route.conversation}${route.details ? '/details' : ''}`
  }
}

export function hrefOfConversation(conversation: string): string {
  return hrefOf({ name: 'inbox', conversation, details: false })
}

export function hrefOfConnector(connector: string): string {
  return hrefOf({ name: 'connectors', connector })
}
