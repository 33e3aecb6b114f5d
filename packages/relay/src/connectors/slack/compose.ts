import type { Author, Entry } from '@homing/core'
import { isStatus } from '@homing/core'
import {
  cardOf,
  consoleLink,
  oneLine,
  speakerOf,
  spokenLine,
  transcriptOf,
  wordsOf,
} from '../compose-text.ts'
import type { Outbound } from '../connector.ts'
import { escape, link } from './mrkdwn.ts'

/** Of the transcript that opens a thread; Slack cuts a message after 40,000 characters. */
const MAX_TRANSCRIPT = 8_000
/** Slack shows no longer names. */
const MAX_NAME = 80

/** What is posted, and as whom. */
export interface SlackWords {
  readonly text: string
  /** Absent: the app's own name. */
  readonly username?: string
  /** Read Slack's markup in it. People's words are shown as they are. */
  readonly mrkdwn: boolean
}

/** Undefined when there are no words to post. */
export function compose(outbound: Outbound, entries: readonly Entry[]): SlackWords | undefined {
  const spoken = entries.filter(({ body }) => !isStatus(body)).filter((e) => wordsOf(e).trim())
  const [first] = spoken
  if (!first) return undefined
  const alone = spoken.every(
    ({ author }) => author.role === first.author.role && author.id === first.author.id,
  )
  const words = spoken
    .map((entry) => (alone ? wordsOf(entry) : spokenLine(entry, outbound.visitor)))
    .join('\n')
  const as = alone ? { username: usernameOf(first.author, outbound) } : {}
  if (outbound.thread !== undefined) return { text: escape(words), ...as, mrkdwn: false }
  return { text: [...opening(outbound), escape(words)].join('\n'), ...as, mrkdwn: true }
}

/** A change of status in words, for where it cannot be shown as a reaction. */
export function statusLine(status: 'open' | 'resolved', author: Author): string {
  const who = oneLine(author.name ?? '', MAX_NAME)
  return escape(`(${status === 'resolved' ? 'resolved' : 'opened again'}${who && ` by ${who}`})`)
}

/** Card and transcript, above the words that open the thread. */
function opening(outbound: Outbound): readonly string[] {
  const { page } = outbound
  const card = cardOf(outbound).filter(([label]) => label !== 'Page' && label !== 'Address')
  const lines = ['*New conversation*']
  if (page) lines.push(`*Page:* ${link(page.url, oneLine(page.title ?? '') || oneLine(page.url))}`)
  for (const [label, value] of card) lines.push(`*${label}:* ${escape(value)}`)
  lines.push(link(consoleLink(outbound), 'Open in Homing'))
  const told = transcriptOf(outbound, MAX_TRANSCRIPT)
  if (told !== '') lines.push('', ...told.split('\n').map((line) => `> ${escape(line)}`))
  return [...lines, '']
}

/** The role stands with the name, so that no visitor passes for a colleague. */
function usernameOf(author: Author, { visitor }: Outbound): string {
  const name = oneLine(speakerOf(author, visitor), MAX_NAME - ' (visitor)'.length)
  if (author.role === 'visitor') return name === 'Visitor' ? name : `${name} (visitor)`
  return author.role === 'agent' ? `${name} (Homing)` : name
}
