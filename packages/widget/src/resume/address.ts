import { RESUME_MARK } from '@homing/core'

/**
 * Takes the code out of the page's address, so that it gets into no bookmark, no count of visits
 * and no address that is handed on. All else of the address stays as it is, and so does what the
 * page keeps with this place in its history. Undefined: there is none.
 */
export function takeCode({
  location,
  history,
}: Pick<Window, 'location' | 'history'>): string | undefined {
  const [place = '', ...rest] = location.href.split('#')
  const parts = rest.join('#').split('&')
  const kept = parts.filter((part) => !part.startsWith(RESUME_MARK))
  if (kept.length === parts.length) return undefined
  const fragment = kept.join('&')
  try {
    history.replaceState(history.state, '', fragment === '' ? place : `${place}#${fragment}`)
  } catch {
    // A page may not change its address everywhere; the conversation can be resumed all the same.
  }
  const code = parts.find((part) => part.startsWith(RESUME_MARK))
  return code?.slice(RESUME_MARK.length) || undefined
}
