import type { Entry } from '@homing/core'
import { isStatus } from '@homing/core'
import { cardOf, consoleLink, oneLine, speakerOf, transcriptOf, wordsOf } from '../compose-text.ts'
import type { Outbound } from '../connector.ts'
import { MAX_MESSAGE } from './types.ts'

/** Names are bold, which nobody can write who has no markup: so no words pass for another's. */
export interface TelegramText {
  readonly text: string
  readonly entities: readonly BoldEntity[]
}

interface BoldEntity {
  readonly type: 'bold'
  /** In UTF-16 code units, as in JavaScript. */
  readonly offset: number
  readonly length: number
}

/** Of a name before words; the kit leaves so much room. */
const MAX_NAME = 60
const MAX_TOPIC_NAME = 128
/** An address may be long; the card is not to push out what was said. */
const MAX_CARD_LINE = 200

/** The entries that are words, as one text. Undefined when there are none. */
export function composeWords(outbound: Outbound): TelegramText | undefined {
  const spoken = [outbound.entry, ...outbound.more].filter(
    (entry) => !isStatus(entry.body) && wordsOf(entry).trim() !== '',
  )
  const [first] = spoken
  if (!first) return undefined
  // A visitor is named by the topic, an agent by the chat with the shop; a bot is always marked.
  const plain = outbound.role === 'desk' ? 'visitor' : 'agent'
  const alone = spoken.every(({ author }) => author.role === plain && author.id === first.author.id)
  return fit(joined(spoken.map((entry) => paragraph(entry, outbound, alone))))
}

export function topicName({ visitor, page, tag }: Outbound): string {
  const name = speakerOf({ role: 'visitor', id: visitor.id }, visitor)
  const about = [oneLine(name, MAX_NAME), oneLine(page?.title ?? '', 40), tag]
  return oneLine(about.filter((part) => part !== '').join(' · '), MAX_TOPIC_NAME)
}

/** Card and transcript: the first message of a topic. */
export function composeOpening(outbound: Outbound): TelegramText {
  const card: Piece[] = cardOf(outbound).map(([label, value]) => ({
    bold: `${label}:`,
    text: ` ${oneLine(value, MAX_CARD_LINE)}`,
  }))
  card.push({ text: consoleLink(outbound) })
  const head = joined(card)
  const room = MAX_MESSAGE - head.text.length - '\n\n'.length
  const told = transcriptOf(outbound, room)
  return fit(told === '' ? head : { ...head, text: `${head.text}\n\n${told}` })
}

/** Both in one message where they fit. */
export function together(first: TelegramText, second: TelegramText): readonly TelegramText[] {
  const offset = first.text.length + 2
  if (offset + second.text.length > MAX_MESSAGE) return [first, second]
  const moved = second.entities.map((entity) => ({ ...entity, offset: entity.offset + offset }))
  return [{ text: `${first.text}\n\n${second.text}`, entities: [...first.entities, ...moved] }]
}

interface Piece {
  readonly bold?: string
  readonly text: string
}

function paragraph(entry: Entry, { visitor }: Outbound, alone: boolean): Piece {
  const words = wordsOf(entry).trim()
  if (alone) return { text: words }
  return { bold: `${oneLine(speakerOf(entry.author, visitor), MAX_NAME)}:`, text: ` ${words}` }
}

function joined(pieces: readonly Piece[]): TelegramText {
  let text = ''
  const entities: BoldEntity[] = []
  for (const { bold = '', text: words } of pieces) {
    if (text !== '') text += '\n'
    if (bold !== '') entities.push({ type: 'bold', offset: text.length, length: bold.length })
    text += bold + words
  }
  return { text, entities }
}

/** Texts come short enough; what stands for something else may not. */
function fit({ text, entities }: TelegramText): TelegramText {
  if (text.length <= MAX_MESSAGE) return { text, entities }
  const cut = text.slice(0, MAX_MESSAGE - 1).replace(/[\ud800-\udbff]$/, '')
  return {
    text: `${cut}…`,
    entities: entities.filter(({ offset, length }) => offset + length <= cut.length),
  }
}
