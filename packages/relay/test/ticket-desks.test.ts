import { createHmac } from 'node:crypto'
import { isText } from '@homing/core'
import { afterEach, describe, expect, test } from 'vitest'
import { bindConnector } from '../src/connectors/configured.ts'
import type { ConfiguredConnector } from '../src/connectors/configured.ts'
import type { Connector } from '../src/connectors/connector.ts'
import { freshdesk } from '../src/connectors/freshdesk/index.ts'
import { zendeskSupport } from '../src/connectors/zendesk-support/index.ts'
import { SITE, startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts } from './delivery-parts.ts'
import type { DeskNote, DeskState, DeskTicket, Dialect, Json, TicketDesk } from './ticket-desk.ts'
import { startTicketDesk } from './ticket-desk.ts'

/** The whole way between log and helpdesk, on a desk that keeps what it is told. */
const PATIENCE_MS = 15_000
const SECRET = 'signing-secret'

let desk: TicketDesk
let relay: DeliveryParts
afterEach(async () => {
  await relay.stop()
  desk.close()
})

/** Without the waits that spare a real far side its calls. */
function hurried<Settings>(connector: Connector<Settings>, input: object): ConfiguredConnector {
  const bound = bindConnector(connector, input, {
    id: 'desk',
    site: SITE,
    role: 'desk',
    hook: 'desk',
  })
  if (!bound.ok) throw new Error(bound.problems.join())
  const capabilities = { ...bound.settings.capabilities, gatherMs: 0, pollEveryMs: 100 }
  return { ...bound.settings, capabilities }
}

const texts = async (conversation: string): Promise<string[]> =>
  (await relay.log(conversation)).map(({ author, body }) =>
    isText(body) ? `${author.role}: ${body.text}` : `${body.type}`,
  )
const logged = (conversation: string, count: number) =>
  until(
    'it is in the log',
    async () => (await relay.log(conversation)).length >= count,
    PATIENCE_MS,
  )
const settled = () =>
  until(
    'nothing waits',
    async () => {
      const { due, claimed, unknown } = (await relay.store.figures()).deliveries
      return due + claimed + unknown === 0
    },
    PATIENCE_MS,
  )
const record = (value: unknown): Json => (value ?? {}) as Json

describe('zendesk-support, all the way', () => {
  const audit = ({ id, sent }: DeskNote): Json => {
    const comment = record(sent['comment'])
    return {
      metadata: { custom: sent['metadata'] },
      events: [{ id, type: 'Comment', body: comment['body'] }],
    }
  }
  const shown = ({ id, opening, status, updated }: DeskTicket): Json => ({
    id,
    status,
    requester_id: 901,
    updated_at: updated,
    external_id: opening['external_id'],
  })
  const comments = ({ notes }: DeskTicket): Json => ({
    comments: notes.map(({ id, sent, time }) => {
      const comment = record(sent['comment'])
      return { id, ...comment, author_id: comment['author_id'] ?? 601, created_at: time }
    }),
    users: [
      { id: 901, role: 'end-user' },
      { id: 601, role: 'agent', name: 'Mia' },
    ],
  })
  const dialect: Dialect = ({ method, path, body }, state) => {
    const ticket = state.tickets.find(({ id }) => path.startsWith(`/api/v2/tickets/${id}`))
    if (path.includes('create_or_update')) return { user: { id: 901 } }
    if (path.includes('/incremental/')) {
      return { tickets: state.tickets.map(shown), after_cursor: 'c', end_of_stream: true }
    }
    if (method === 'POST') {
      const opening = record(body['ticket'])
      const opened = state.open(opening, 'open')
      return { ticket: shown(opened), audit: audit(state.note(opened, opening)) }
    }
    if (path.startsWith('/api/v2/tickets?')) {
      return { tickets: state.tickets.map(shown) }
    }
    if (!ticket) return undefined
    if (path.includes('/audits')) return { audits: ticket.notes.map(audit) }
    if (path.includes('/comments')) return comments(ticket)
    if (method === 'GET') return { ticket: shown(ticket) }
    return { ticket: shown(ticket), audit: audit(state.note(ticket, record(body['ticket']))) }
  }
  const bodies = (ticket: DeskTicket | undefined): unknown[] =>
    (ticket?.notes ?? []).map(({ sent }) => record(sent['comment'])['body'])

  test('C10, C11: told once though an answer was lost; heard once though it came twice; a closed ticket goes on in another', async () => {
    desk = await startTicketDesk(dialect)
    const settings = { url: desk.url, token: 't', signingSecrets: [SECRET] }
    relay = await startDeliveryParts({
      connectors: [hurried(zendeskSupport, settings)],
      poll: true,
    })
    const { conversation } = await relay.say('one')
    await settled()
    desk.loseNext()
    await relay.say('two', conversation)
    await relay.say('three', conversation)
    await settled()
    const [first] = desk.tickets
    expect(bodies(first)).toEqual([expect.stringMatching(/^one\n/), 'two', 'three'])

    // An agent writes; the poll will tell it, and so does a webhook, twice.
    const sent = { comment: { body: 'yes', public: true, author_id: 601 } }
    first?.notes.push({ id: 500, sent, time: new Date().toISOString() })
    const event = JSON.stringify({
      id: 'event-1',
      type: 'zen:event-type:ticket.comment_added',
      time: new Date().toISOString(),
      detail: { id: String(first?.id), external_id: conversation },
      event: {
        comment: {
          id: '500',
          body: 'yes',
          is_public: true,
          author: { id: '601', is_staff: true, name: 'Mia' },
        },
      },
    })
    for (let time = 0; time < 2; time++) {
      const stamp = new Date().toISOString()
      const signature = createHmac('sha256', SECRET)
        .update(stamp + event)
        .digest('base64')
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { status } = await fetch(`http://127.0.0.1:${relay.port}/v1/hooks/desk`, {
        method: 'POST',
        headers: {
          'x-zendesk-webhook-signature': signature,
          'x-zendesk-webhook-signature-timestamp': stamp,
        },
        body: event,
      })
      expect(status).toBe(200)
    }
    await logged(conversation, 4)

    if (first) first.status = 'closed'
    await relay.say('four', conversation)
    await settled()
    expect(desk.tickets).toHaveLength(2)
    expect(desk.tickets[1]?.opening).toMatchObject({ via_followup_source_id: first?.id })
    expect(bodies(desk.tickets[1])[0]).toMatch(/one\n.*two\n.*three\nMia: yes\n\n----\n\nfour\n/s)
    desk.tickets[1]?.notes.push({
      id: 501,
      sent: { comment: { body: 'bye', public: true } },
      time: new Date().toISOString(),
    })
    await until(
      'the poll tells',
      async () => (await texts(conversation)).includes('agent: bye'),
      PATIENCE_MS,
    )
    expect((await texts(conversation)).filter((text) => text.startsWith('agent'))).toEqual([
      'agent: yes',
      'agent: bye',
    ])
  }, 60_000)
})

describe('freshdesk, all the way', () => {
  const shown = ({ id, opening, status, updated }: DeskTicket): Json => ({
    id,
    status,
    requester_id: 901,
    updated_at: updated,
    tags: opening['tags'],
    description: opening['description'],
  })
  const row = ({ id, sent, time }: DeskNote): Json => ({
    id,
    incoming: false,
    source: 2,
    user_id: 601,
    created_at: time,
    attachments: [],
    ...sent,
  })
  const dialect: Dialect = ({ method, path, body }, state: DeskState) => {
    const ticket = state.tickets.find(({ id }) => path.startsWith(`/api/v2/tickets/${id}`))
    if (path.includes('/contacts')) return [{ id: 901 }]
    if (path.includes('/agents')) return { contact: { name: 'Mia' } }
    if (path.startsWith('/api/v2/tickets?')) return state.tickets.map(shown)
    if (path === '/api/v2/tickets') return shown(state.open(body, 2))
    if (!ticket) return undefined
    if (path.includes('/conversations')) return ticket.notes.map(row)
    if (path.endsWith('/notes')) return row(state.note(ticket, body))
    if (method === 'PUT') {
      ticket.status = Number(body['status'])
      ticket.updated = new Date().toISOString()
    }
    return shown(ticket)
  }

  test('C6, C10: told once though answers were lost, at the opening too; an agent is heard once, and so is the status', async () => {
    desk = await startTicketDesk(dialect)
    relay = await startDeliveryParts({
      connectors: [hurried(freshdesk, { url: desk.url, apiKey: 'k' })],
      poll: true,
    })
    desk.loseNext()
    const { conversation } = await relay.say('one')
    await settled()
    desk.loseNext()
    await relay.say('two', conversation)
    await relay.say('three', conversation)
    await settled()
    expect(desk.tickets).toHaveLength(1)
    const [ticket] = desk.tickets
    expect(ticket?.notes.map(({ sent }) => sent['body'])).toEqual(['two', 'three'])

    const answer = { body: '<p>yes</p>', private: false, source: 0 }
    ticket?.notes.push({ id: 500, sent: answer, time: new Date().toISOString() })
    if (ticket) {
      ticket.status = 4
      ticket.updated = new Date().toISOString()
    }
    await logged(conversation, 5)
    expect((await texts(conversation)).slice(3)).toEqual(['agent: yes', 'status'])
    await relay.say('four', conversation)
    await settled()
    expect(ticket?.status).toBe(2)
    expect(await texts(conversation)).toHaveLength(6)
    const [, , , said] = await relay.log(conversation)
    expect(said?.author).toMatchObject({ role: 'agent', name: 'Mia' })
  }, 60_000)
})
