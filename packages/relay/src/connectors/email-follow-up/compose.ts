import { RESUME_MARK } from '@homing/core'
import type { OutgoingMail } from '../../mail/mail-port.ts'
import { fill, visitorWords } from '../../mail/visitor-words.ts'
import { wordsOf } from '../compose-text.ts'
import type { Outbound } from '../connector.ts'
import { htmlOf } from './html.ts'
import type { FollowUpSettings } from './types.ts'

/** Servers fold headers, and some cut them; a longer address would be a wrong one. */
const MAX_HEADER_ADDRESS = 240

/** What a mail shows, before it is text or HTML. */
export interface Letter {
  readonly locale: string
  readonly site: string
  readonly accent: string | undefined
  readonly heading: string
  readonly answers: readonly string[]
  readonly link: { readonly label: string; readonly url: string; readonly note: string }
  readonly why: string
  readonly stop: { readonly label: string; readonly url: string }
}

/**
 * The answers as a mail; undefined when nothing was said. Only what agents said is in it: whoever
 * leaves somebody else's address cannot make us send his own words there.
 */
export async function composeMail(
  outbound: Outbound,
  address: string,
  settings: FollowUpSettings,
): Promise<OutgoingMail | undefined> {
  const { entry, more, site, visitor, links, conversation } = outbound
  const answers = [entry, ...more].map((each) => wordsOf(each).trim()).filter((text) => text !== '')
  if (answers.length === 0 || !links) return undefined
  const words = visitorWords(visitor.locale)
  const names = new Set([entry, ...more].map(({ author }) => author.name?.trim() ?? ''))
  const [name = ''] = names
  const about = { site: site.name, name }
  const letter: Letter = {
    locale: words.locale,
    site: site.name,
    accent: site.accent,
    heading: fill(names.size > 1 || name === '' ? words.saidByShop : words.said, about),
    answers,
    link: {
      label: words.goOn,
      url: resumeUrl(links.page ?? settings.page, links.resume),
      note: words.yours,
    },
    why: fill(words.why, about),
    stop: { label: words.stop, url: links.stop },
  }
  const domain = settings.from.slice(settings.from.lastIndexOf('@') + 1)
  return {
    from: { name: site.name, address: settings.from },
    to: address,
    replyTo: settings.replyTo,
    returnPath: settings.from,
    messageId: `${outbound.key}@${domain}`,
    // Programs put the mails of a conversation together by this, though nobody was sent it.
    inReplyTo: `${conversation}@${domain}`,
    subject: fill(words.subject, about),
    text: textOf(letter),
    html: await htmlOf(letter),
    time: entry.time,
    headers: {
      // A machine sent it: no holiday notes, please.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...unsubscribe(links.stop),
    },
  }
}

/** RFC 8058: the button of the reader's own program. It wants https. */
function unsubscribe(stop: string): Readonly<Record<string, string>> {
  if (!stop.startsWith('https:') || stop.length > MAX_HEADER_ADDRESS) return {}
  return {
    'List-Unsubscribe': `<${stop}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
}

/** In the fragment, which neither servers nor referrers see; what stood there goes. */
function resumeUrl(page: string, code: string): string {
  const url = new URL(page)
  url.hash = RESUME_MARK + code
  return url.href
}

function textOf({ heading, answers, link, why, stop }: Letter): string {
  return [
    heading,
    ...answers,
    `${link.label}:\n${link.url}`,
    link.note,
    `-- \n${why}\n${stop.label}: ${stop.url}\n`,
  ].join('\n\n')
}
