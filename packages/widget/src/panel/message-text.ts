import type { Body } from '@homing/core'

/** The words of a body, whatever its shape; `undefined` when there are none that can be shown. */
export function textOf(body: Body): string | undefined {
  const { type, text, fallback } = (body ?? {}) as { [field: string]: unknown }
  const words = type === 'text' ? text : fallback
  return typeof words === 'string' && words.trim() !== '' ? words : undefined
}

/** Longest text looked at for being emoji only, UTF-16 code units. */
const EMOJI_MAX_LENGTH = 24
const EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v

/** One to three emoji and nothing else stand large and without a bubble. */
export function isEmoji(text: string): boolean {
  return text.length <= EMOJI_MAX_LENGTH && EMOJI.test(text)
}

/** The letter in an avatar: the first of the name, whole even where it is made of two units. */
export function initialOf(name: string): string {
  const [first = ''] = name.trim()
  return first.toUpperCase()
}
