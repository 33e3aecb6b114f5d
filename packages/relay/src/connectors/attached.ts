import type { Fact } from './connector.ts'
import { textOf } from './json-fields.ts'

/** A file that came with a message, by the link from which it is fetched at once. */
export type Attached = NonNullable<Extract<Fact, { readonly kind: 'message' }>['media']>[number]

/** Of what a far side names; nothing when there is no link. */
export function attachedOf(url: unknown, name: unknown, type: unknown): readonly Attached[] {
  const reference = textOf(url)
  if (reference === undefined) return []
  const fileName = textOf(name)
  const fileType = textOf(type)
  return [
    {
      reference,
      ...(fileName === undefined ? {} : { name: fileName }),
      ...(fileType === undefined ? {} : { type: fileType }),
    },
  ]
}
