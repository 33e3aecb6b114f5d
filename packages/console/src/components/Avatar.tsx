import { Icon } from './Icon.tsx'

/** Six tints, chosen by the id, so that a visitor keeps theirs. */
const TINTS = 6

export function Avatar(props: {
  readonly id: string
  /** Empty for somebody whose name is not known. */
  readonly name: string | undefined
  readonly online?: boolean | undefined
  readonly large?: boolean
}) {
  const initials = initialsOf(props.name ?? '')
  return (
    <span
      class={`avatar tint-${tintOf(props.id)}${props.large ? ' avatar-large' : ''}`}
      aria-hidden="true"
    >
      {initials === '' ? <Icon name="person" /> : initials}
      {props.online ? <span class="avatar-online" /> : null}
    </span>
  )
}

function initialsOf(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const first = words[0]
  const last = words.length > 1 ? words.at(-1) : undefined
  // By code point, so that no letter is cut in half.
  return [first, last]
    .map((word) => (word ? String.fromCodePoint(word.codePointAt(0) ?? 0) : ''))
    .join('')
    .toUpperCase()
}

function tintOf(id: string): number {
  let sum = 0
  for (const char of id) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973
  return sum % TINTS
}
