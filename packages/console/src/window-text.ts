import type { ConnectorLine } from './connector.ts'
import { faceOf } from './connector-faces.ts'
import type { RouteLine } from './conversation-routes.ts'
import { fill, strings } from './strings.ts'
import type { When } from './when.ts'

/**
 * How it stands with free text on a messenger, and what becomes of the next words.
 *
 *   open ──▶ closed ──a template goes──▶ asked ──they write──▶ open
 */
export type WindowState =
  | { readonly state: 'open'; readonly closes: number }
  /** `template` undefined: whether there is one is the operator's file's to know. */
  | { readonly state: 'closed'; readonly template: boolean | undefined }
  | { readonly state: 'asked'; readonly at: number }

/** undefined: free text is taken always. */
export function windowOf(
  { window, type, hook }: RouteLine,
  lines: readonly ConnectorLine[],
): WindowState | undefined {
  if (!window) return undefined
  if (window.open && window.closes !== null) return { state: 'open', closes: window.closes }
  if (window.asked !== null) return { state: 'asked', at: window.asked }
  const { template } = faceOf(type)
  if (template === undefined) return { state: 'closed', template: false }
  const line = lines.find(({ id }) => id === hook)
  if (line?.from !== 'console') return { state: 'closed', template: undefined }
  return { state: 'closed', template: line.settings[template] !== undefined }
}

export function windowText(window: WindowState, type: string, when: When): string {
  switch (window.state) {
    case 'open':
      return fill(strings.windowOpen, { time: when.until(window.closes) })
    case 'asked':
      return fill(strings.windowAsked, { time: when.short(window.at) })
    case 'closed':
      if (window.template !== false) return strings.windowTemplate
      return faceOf(type).template === undefined ? strings.windowWaits : strings.windowNoTemplate
  }
}
