import { parseText } from '@homing/core'
import type { ComponentChildren } from 'preact'

/** A text with its addresses as links. */
export function linked(text: string): ComponentChildren {
  return parseText(text).map((part) =>
    part.kind === 'text' ? (
      part.text
    ) : (
      <a part="link" href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
        {part.text}
      </a>
    ),
  )
}
