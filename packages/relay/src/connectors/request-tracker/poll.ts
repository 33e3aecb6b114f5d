import type { ConnectorIo, Fact } from '../connector.ts'
import { SendError } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { factOf } from './facts.ts'
import { quote } from './find.ts'
import { isVisitorAddress } from './identity.ts'
import { htmlToText } from '../html-to-text.ts'
import type { Rest, Row } from './rest.ts'
import { PAGE_ROWS, createRest } from './rest.ts'
import type { RequestTrackerSettings, Transaction } from './types.ts'

/**
 * Reads what happened, for the webhooks that got lost: RT's scrip tries once.
 *
 * Transactions get their numbers before they are committed, so a lower number may show up after a
 * higher one. The cursor therefore stays behind for a while and remembers which of the younger
 * ones it has told of.
 */

/** How long a transaction may take from its number to its commit, ms. */
const SETTLE_MS = 60_000

/** Pages read in one poll: a thousand transactions within the settling time. */
const MAX_PAGES = 10

interface Cursor {
  readonly after: number
  readonly seen: readonly number[]
}

export async function poll(
  cursor: string | undefined,
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const rest = createRest(settings, io)
  const from = readCursor(cursor)
  if (!from) {
    const last = await transactions(rest, settings, { after: 0, order: 'DESC', rows: 1 })
    return { facts: [], cursor: JSON.stringify({ after: idOf(last[0]), seen: [] }) }
  }
  const rows = await allAfter(from.after, settings, rest)
  const seen = new Set(from.seen)
  const facts: Fact[] = []
  for (const row of rows) {
    if (seen.has(idOf(row))) continue
    const transaction = await readable(() => complete(row, settings, rest))
    const fact = transaction && factOf(transaction, settings)
    if (fact) facts.push(fact)
    seen.add(idOf(row))
  }
  return { facts, cursor: JSON.stringify(advance(from, rows, seen, rest.time)) }
}

/** Past everything that is older than the settling time; the rest is remembered by number. */
function advance(
  from: Cursor,
  rows: readonly Row[],
  seen: ReadonlySet<number>,
  now: number,
): Cursor {
  let { after } = from
  for (const row of rows) {
    const created = Date.parse(String(row['Created']))
    if (Number.isNaN(created) || created > now - SETTLE_MS) break
    after = idOf(row)
  }
  return { after, seen: [...seen].filter((id) => id > after) }
}

async function allAfter(
  after: number,
  settings: RequestTrackerSettings,
  rest: Rest,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const next = await transactions(rest, settings, { after, order: 'ASC', rows: PAGE_ROWS, page })
    rows.push(...next)
    if (next.length < PAGE_ROWS) break
  }
  return rows
}

/** Tickets of our queue, and those of ours that were moved to another one. */
async function transactions(
  rest: Rest,
  settings: RequestTrackerSettings,
  wanted: {
    readonly after: number
    readonly order: 'ASC' | 'DESC'
    readonly rows: number
    readonly page?: number
  },
): Promise<readonly Row[]> {
  return rest.list('/transactions', {
    query:
      `ObjectType = 'RT::Ticket' AND (Type = 'Correspond' OR Type = 'Status')` +
      ` AND id > ${wanted.after}` +
      ` AND (TicketQueue = ${quote(settings.queue)} OR TicketSubject LIKE '(ref ')`,
    fields: 'Type,Creator,Created,ObjectId,OldValue,NewValue',
    'fields[Creator]': 'Name,RealName',
    orderby: 'id',
    order: wanted.order,
    per_page: String(wanted.rows),
    page: String(wanted.page ?? 1),
  })
}

/** One ticket that is hidden from us must not keep the others' news away. */
async function readable<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read()
  } catch (error) {
    const hidden =
      error instanceof SendError &&
      (error.failure === 'bad-content' || error.failure === 'needs-reauth')
    if (hidden) return undefined
    throw error
  }
}

/** A row with its words; undefined for what cannot be news to us. */
async function complete(
  row: Row,
  settings: RequestTrackerSettings,
  rest: Rest,
): Promise<Transaction | undefined> {
  const creator = isRecord(row['Creator']) ? row['Creator'] : {}
  const name = textOf(creator['Name']) ?? textOf(creator['id'])
  const ticket = Number(row['ObjectId'])
  const type = row['Type']
  if (name === undefined || !Number.isSafeInteger(ticket)) return undefined
  const created = Date.parse(String(row['Created']))
  const realName = textOf(creator['RealName'])
  const base = {
    id: idOf(row),
    ticket,
    creator: name,
    ...(realName === undefined ? {} : { creatorName: realName }),
    ...(Number.isNaN(created) ? {} : { time: created }),
  }
  if (type === 'Status') {
    const oldStatus = textOf(row['OldValue'])
    const newStatus = textOf(row['NewValue'])
    return {
      ...base,
      type,
      requestor: false,
      files: [],
      ...(oldStatus === undefined ? {} : { oldStatus }),
      ...(newStatus === undefined ? {} : { newStatus }),
    }
  }
  if (type !== 'Correspond' || isVisitorAddress(name, settings)) return undefined
  const requestor = await isRequestor(name, ticket, rest)
  return { ...base, type, requestor, ...(await wordsOf(base.id, rest)) }
}

async function isRequestor(name: string, ticket: number, rest: Rest): Promise<boolean> {
  const found = await rest.call('GET', `/ticket/${ticket}`)
  const requestors: unknown = isRecord(found) ? found['Requestor'] : undefined
  if (!Array.isArray(requestors)) return false
  return (requestors as readonly unknown[]).some((user) => isRecord(user) && user['id'] === name)
}

async function wordsOf(
  transaction: number,
  rest: Rest,
): Promise<Pick<Transaction, 'text' | 'files' | 'messageId'>> {
  const rows = await rest.list(`/transaction/${transaction}/attachments`, {
    fields: 'ContentType,Filename,MessageId',
    orderby: 'id',
  })
  const files = rows.map((row) => textOf(row['Filename'])).filter((name) => name !== undefined)
  const messageId = rows.map((row) => textOf(row['MessageId'])).find((id) => id !== undefined)
  const part = (type: string): Row | undefined =>
    rows.find((row) => row['ContentType'] === type && textOf(row['Filename']) === undefined)
  const plain = part('text/plain')
  const html = plain ? undefined : part('text/html')
  const text = plain
    ? await contentOf(plain, rest)
    : html && htmlToText(await contentOf(html, rest))
  return {
    files,
    ...(text === undefined ? {} : { text }),
    ...(messageId === undefined ? {} : { messageId }),
  }
}

/** RT gives an attachment's content as base64 of its bytes. */
async function contentOf(row: Row, rest: Rest): Promise<string> {
  const attachment = await rest.call('GET', `/attachment/${idOf(row)}`)
  const content: unknown = isRecord(attachment) ? attachment['Content'] : undefined
  return typeof content === 'string' ? Buffer.from(content, 'base64').toString('utf8') : ''
}

function readCursor(cursor: string | undefined): Cursor | undefined {
  const parsed = cursor === undefined ? undefined : parseJson(new TextEncoder().encode(cursor))
  if (!isRecord(parsed) || typeof parsed['after'] !== 'number') return undefined
  const seen: unknown = parsed['seen']
  return {
    after: parsed['after'],
    seen: Array.isArray(seen)
      ? (seen as readonly unknown[]).filter((id): id is number => typeof id === 'number')
      : [],
  }
}

function idOf(row: Row | undefined): number {
  const id = Number(row?.['id'])
  return Number.isSafeInteger(id) ? id : 0
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
