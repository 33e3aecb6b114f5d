import { isStatus, lineOf } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { composeMail } from './compose.ts'
import { findMail, findTicket } from './find.ts'
import { commentSubject, isMailed, isStatusChange } from './identity.ts'
import { oneLine } from './mail.ts'
import type { Rest } from './rest.ts'
import { createRest } from './rest.ts'
import type { RequestTrackerSettings } from './types.ts'

/**
 * A visitor's words go in by RT's mail gateway, as the visitor's own mail. REST would record them
 * as the token's user's and mail them to the visitor. For the same reason the words of agents,
 * written in the console, become a comment: the visitor has them already.
 */
export async function send(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const { entry } = outbound
  const rest = createRest(settings, io)
  if (isStatusChange(entry)) return sendStatus(outbound, rest)
  if (lineOf(entry.body).trim() === '') return { externalIds: [] }
  if (isMailed(entry)) return sendMail(outbound, settings, rest, io)
  return sendComment(outbound, settings, rest, io)
}

async function sendMail(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  rest: Rest,
  io: ConnectorIo,
): Promise<Receipt> {
  const thread = outbound.thread ?? (await findTicket(outbound.conversation, settings, rest))
  const known = thread === undefined ? outbound : { ...outbound, thread }
  await postMail(known, settings, io)
  return (await lookAfter(() => findMail(known, settings, rest))) ?? bare(thread)
}

async function sendComment(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  rest: Rest,
  io: ConnectorIo,
): Promise<Receipt> {
  const thread = outbound.thread ?? (await openTicket(outbound, settings, rest, io))
  const { author, body } = outbound.entry
  await rest.call('POST', `/ticket/${thread}/comment`, {
    Subject: commentSubject(outbound),
    ContentType: 'text/plain',
    Content: `${oneLine(author.name ?? author.role)} answered in Homing:\n\n${lineOf(body)}`,
  })
  return bare(thread)
}

/** Words that are not the visitor's came first: the ticket is opened in the visitor's name, with the context alone. */
async function openTicket(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  rest: Rest,
  io: ConnectorIo,
): Promise<string> {
  const known = await findTicket(outbound.conversation, settings, rest)
  if (known !== undefined) return known
  await postMail(outbound, settings, io)
  const opened = await lookAfter(() => findTicket(outbound.conversation, settings, rest))
  if (opened === undefined) {
    throw new SendError('bad-content', 'the ticket was opened, but the token may not see it')
  }
  return opened
}

async function sendStatus({ entry, thread }: Outbound, rest: Rest): Promise<Receipt> {
  const status = isStatus(entry.body) ? entry.body.status : undefined
  if (thread === undefined || (status !== 'open' && status !== 'resolved')) return bare(thread)
  await rest.call('PUT', `/ticket/${thread}`, { Status: status })
  return bare(thread)
}

async function postMail(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<void> {
  const form = new URLSearchParams({
    queue: settings.queue,
    action: 'correspond',
    message: composeMail(outbound, settings),
    // Surer than the tag in the subject, which RT may be told to read differently.
    ...(outbound.thread === undefined ? {} : { ticket: outbound.thread }),
  })
  let response: Response
  let answer: string
  try {
    response = await io.fetch(`${settings.base}/REST/1.0/NoAuth/mail-gateway`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      signal: io.signal,
    })
    answer = (await response.text()).trim()
  } catch (error) {
    throw lineFailure(error, 'Request Tracker')
  }
  if (response.status >= 500 && response.status !== 503) {
    throw new SendError('unknown', `the mail gateway answered ${response.status}`)
  }
  if (!response.ok) throw answerFailure(response, 'the mail gateway', io.now)
  if (/^ok\b/.test(answer)) return
  if (answer.startsWith('temporary failure')) {
    throw new SendError('retry', `the mail gateway is not ready, or has no queue ${settings.queue}`)
  }
  if (answer.startsWith('not ok')) {
    throw new SendError(
      'bad-content',
      'the mail gateway refused the mail: is the ticket still there, and may Everyone create tickets and reply to them in this queue?',
    )
  }
  throw new SendError('retry', "this is not the answer of RT's mail gateway: check the url")
}

/** RT has the mail by now, so a look-up that fails leaves the send unknown, not undone. */
async function lookAfter<Found>(look: () => Promise<Found>): Promise<Found> {
  try {
    return await look()
  } catch (error) {
    throw new SendError(
      'unknown',
      'Request Tracker took the mail, and then could not be asked for it',
      {
        cause: error,
      },
    )
  }
}

function bare(thread: string | undefined): Receipt {
  return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
}
