import { isRecord } from '../settings.ts'

/** Slack's own markup, both ways. */

/** With these three escaped, nothing in a text is a link, a mention or a call to everybody. */
export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** A link with words. What would end the address or the words is taken out. */
export function link(url: string, label: string): string {
  const address = url.replace(/[<>|\s]/g, (char) => encodeURIComponent(char))
  return `<${escape(address)}|${escape(label.replace(/[|\r\n]/g, ' '))}>`
}

/** Markup to what a person reads. `names` are those of members, by id. */
export function toPlain(
  text: string,
  names: ReadonlyMap<string, string>,
  emoji: ReadonlyMap<string, string>,
): string {
  const words = text.replace(/<([^<>]*)>/g, (_, inside: string) => pointed(inside, names))
  // Custom emoji have no character: their names stay.
  const drawn = words.replace(
    /:[\w+'-]+:(?::skin-tone-\d:)?/g,
    (name) => emoji.get(name) ?? toned(name, emoji),
  )
  return drawn.replace(/&(lt|gt|amp);/g, (_, name: string) => ENTITIES[name] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' }

/** A known emoji in a tone we were not told of is shown without it. */
function toned(name: string, emoji: ReadonlyMap<string, string>): string {
  const [plain, tone] = name.split(/(?<=:)(?=:skin-tone)/)
  return tone === undefined ? name : (emoji.get(plain ?? '') ?? name)
}

/** What stands between angle brackets: a mention, a call, a date or a link. */
function pointed(inside: string, names: ReadonlyMap<string, string>): string {
  const bar = inside.indexOf('|')
  const target = bar < 0 ? inside : inside.slice(0, bar)
  const label = bar < 0 ? '' : inside.slice(bar + 1)
  if (target.startsWith('@')) return `@${names.get(target.slice(1)) ?? (label || target.slice(1))}`
  if (target.startsWith('#')) return `#${label || target.slice(1)}`
  if (target.startsWith('!')) {
    if (label !== '') return label
    return `@${target.slice(1).split('^')[0] ?? ''}`
  }
  const address = target.replace(/^(?:mailto|tel):/, '')
  if (label === '' || label === target || label === address) return address
  // "example.com" written by hand is made a link to "http://example.com".
  if (/^https?:\/\/(.*?)\/?$/.exec(target)?.[1] === label.replace(/\/$/, '')) return label
  return `${label} (${address})`
}

/** Emoji travel as names; beside the text, the message's blocks tell the characters. */
export function emojiOf(blocks: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  collect(blocks, found, MAX_DEPTH)
  return found
}

/** Deeper than lists within quotes ever are. */
const MAX_DEPTH = 10

function collect(value: unknown, found: Map<string, string>, depth: number): void {
  if (depth === 0) return
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) collect(item, found, depth - 1)
    return
  }
  if (!isRecord(value)) return
  const { type, name, unicode } = value
  if (type === 'emoji' && typeof name === 'string' && typeof unicode === 'string') {
    const character = characterOf(unicode)
    const tone = typeof value['skin_tone'] === 'number' ? `:skin-tone-${value['skin_tone']}:` : ''
    if (character !== undefined) found.set(`:${name}:${tone}`, character)
    return
  }
  collect(value['elements'], found, depth - 1)
}

/** "1f44b-1f3fd" to its character. */
function characterOf(unicode: string): string | undefined {
  if (!/^[0-9a-f]{1,6}(?:-[0-9a-f]{1,6}){0,9}$/i.test(unicode)) return undefined
  const points = unicode.split('-').map((point) => Number.parseInt(point, 16))
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}
