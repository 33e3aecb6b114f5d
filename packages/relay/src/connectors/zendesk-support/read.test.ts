import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo } from '../connector.ts'
import { zendeskSupport } from './index.ts'

const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const NOW = Date.parse('2026-09-21T10:00:00Z')

describe('zendesk-support: what is read', () => {
  const answering =
    (answers: Record<string, unknown>, seen: string[] = []): ConnectorIo['fetch'] =>
    async (url) => {
      const path = new URL(url).pathname
      seen.push(url)
      if (!(path in answers)) return new Response(null, { status: 404 })
      return Response.json(answers[path])
    }
  const io = (fetch: ConnectorIo['fetch']): ConnectorIo => ({
    fetch,
    signal: new AbortController().signal,
    now: NOW,
  })
  const parsed = zendeskSupport.configure({
    url: 'https://z.test',
    email: 'relay@example.com',
    token: 't',
    signingSecrets: ['s'],
  })
  if (!parsed.ok) throw new Error(parsed.problems.join())
  const { settings } = parsed
  const ours = {
    metadata: { custom: { homing: outbound().key } },
    events: [{ id: 9, type: 'Comment' }],
  }

  test('after an unknown outcome our words are found by their key, or surely are not there', async () => {
    const { thread: _, ...unthreaded } = outbound()
    const found = answering({
      '/api/v2/tickets': { tickets: [{ id: 71, status: 'open' }] },
      '/api/v2/tickets/71/audits': { audits: [{ metadata: { custom: {} } }, ours] },
    })
    expect(await zendeskSupport.reconcile(unthreaded, settings, io(found))).toEqual({
      externalIds: ['9'],
      thread: '71',
    })
    const other = outbound({ key: 'another', thread: '71' })
    expect(await zendeskSupport.reconcile(other, settings, io(found))).toBe('absent')
  })

  test('a long ticket is read page by page', async () => {
    let page = 0
    const fetch: ConnectorIo['fetch'] = async (url) => {
      page++
      if (page === 1) {
        return Response.json({ audits: [], meta: { has_more: true, after_cursor: 'next' } })
      }
      expect(new URL(url).searchParams.get('page[after]')).toBe('next')
      return Response.json({ audits: [ours], meta: { has_more: false } })
    }
    const found = await zendeskSupport.reconcile(outbound({ thread: '71' }), settings, io(fetch))
    expect(found).toMatchObject({ externalIds: ['9'] })
  })

  test('a ticket is of the conversation that its external id names, if it names one', async () => {
    const at = (external_id: string | null) =>
      zendeskSupport.locate(
        '71',
        settings,
        io(answering({ '/api/v2/tickets/71': { ticket: { id: 71, external_id } } })),
      )
    expect(await at(CONVERSATION)).toBe(CONVERSATION)
    expect(await at('order 17')).toBeUndefined()
    expect(await at(null)).toBeUndefined()
    expect(await zendeskSupport.locate('72', settings, io(answering({})))).toBeUndefined()
    expect(await zendeskSupport.locate('../users', settings, io(answering({})))).toBeUndefined()
  })

  test('what webhooks lost is read: comments, files and that it was solved, under the same events', async () => {
    const seen: string[] = []
    const fetch = answering(
      {
        '/api/v2/incremental/tickets/cursor': {
          tickets: [
            {
              id: 71,
              external_id: CONVERSATION,
              status: 'solved',
              updated_at: '2026-09-21T09:59:30Z',
            },
            { id: 72, external_id: null, status: 'open' },
          ],
          after_cursor: 'c2',
          end_of_stream: true,
        },
        '/api/v2/tickets/71/comments': {
          comments: [
            {
              id: 7002,
              author_id: 601,
              public: true,
              plain_body: 'yes',
              created_at: '2026-09-21T09:59:00Z',
              attachments: [{ id: 8001, content_url: 'https://z.test/f', file_name: 'f.pdf' }],
            },
            {
              id: 6000,
              author_id: 601,
              public: true,
              body: 'old',
              created_at: '2026-09-20T10:00:00Z',
            },
            {
              id: 7003,
              author_id: 601,
              public: false,
              body: 'note',
              created_at: '2026-09-21T09:59:00Z',
            },
          ],
          users: [{ id: 601, name: 'Mia Agent', role: 'agent' }],
        },
      },
      seen,
    )
    const first = await zendeskSupport.poll(undefined, settings, io(fetch))
    expect(first).toMatchObject({ facts: [] })
    const { facts, cursor } = await zendeskSupport.poll(first.cursor, settings, io(fetch))
    expect(facts.map(({ event }) => event)).toEqual([
      'comment-7002',
      'attachment-8001',
      `status-71-solved-${Date.parse('2026-09-21T09:59:30Z')}`,
    ])
    expect(facts[0]).toMatchObject({
      author: { role: 'agent', id: '601', name: 'Mia Agent' },
      body: { text: 'yes' },
      echo: false,
    })
    expect(JSON.parse(cursor)).toEqual({ after: 'c2', since: NOW })
    expect(seen.some((url) => url.includes('/tickets/72/'))).toBe(false)
  })

  test('a file is fetched with the token at Zendesk, and without it where Zendesk sends us', async () => {
    const seen: [string, string | null][] = []
    const fetch: ConnectorIo['fetch'] = async (url, init) => {
      seen.push([url, new Headers(init?.headers).get('authorization')])
      if (url.startsWith('https://z.test')) {
        return new Response(null, { status: 302, headers: { location: 'https://storage.test/f' } })
      }
      return new Response('bytes', { headers: { 'content-type': 'application/pdf; x=y' } })
    }
    const media = await zendeskSupport.media('https://z.test/attachments/1', settings, io(fetch))
    expect(media.type).toBe('application/pdf')
    expect(new TextDecoder().decode(media.bytes)).toBe('bytes')
    expect(seen).toEqual([
      ['https://z.test/attachments/1', settings.authorization],
      ['https://storage.test/f', null],
    ])
    const gone: ConnectorIo['fetch'] = async () => new Response(null, { status: 404 })
    await expect(
      zendeskSupport.media('https://z.test/attachments/1', settings, io(gone)),
    ).rejects.toMatchObject({ failure: 'bad-content' })
  })
})
