import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo } from '../connector.ts'
import { intercom } from './index.ts'
import type { IntercomSettings } from './types.ts'

const CONTACT = '6650f1571bb69f9f2193aaaa'
const NOW = 1_790_000_100_000
const SAID = 'secret words of the visitor'

function settingsOf(url: string): IntercomSettings {
  const parsed = intercom.configure({ url, token: 't', clientSecrets: ['s'] })
  if (!parsed.ok) throw new Error(parsed.problems.join())
  return parsed.settings
}

const part = (id: string, body: string, changes: object = {}) => ({
  id,
  part_type: 'comment',
  body,
  created_at: NOW / 1000,
  author: { type: 'user', id: CONTACT },
  ...changes,
})
const conversation = (...parts: object[]) => ({
  type: 'conversation',
  id: '5001',
  conversation_parts: { conversation_parts: parts },
})

describe('intercom: what is read', () => {
  const settings = settingsOf('https://api.test')
  const { entry } = outbound()
  const answering = (answers: Record<string, unknown>, seen: string[] = []): ConnectorIo => ({
    fetch: async (url) => {
      const { pathname } = new URL(url)
      seen.push(pathname)
      return pathname in answers
        ? Response.json(answers[pathname])
        : Response.json({ errors: [{ code: 'not_found' }] }, { status: 404 })
    },
    signal: new AbortController().signal,
    now: NOW,
  })
  const at = (time: number) => outbound({ thread: '5001', entry: { ...entry, time } })

  test('after an unknown outcome our words are known by themselves: whose, which and when', async () => {
    const look = (time: number, ...parts: object[]) =>
      intercom.reconcile(
        at(time),
        settings,
        answering({ '/conversations/5001': conversation(...parts) }),
      )
    const ours = part('9101', `<p>${SAID.replace(' ', '\n ')}</p>`)
    expect(await look(NOW, ours)).toEqual({ externalIds: ['9101'], thread: '5001' })
    expect(await look(NOW, ours, part('9102', SAID))).toMatchObject({ externalIds: ['9102'] })
    expect(await look(NOW + 60_000, ours)).toBe('absent')
    expect(await look(NOW, part('9103', 'something else'))).toBe('absent')
    expect(await look(NOW, part('9104', SAID, { author: { type: 'admin', id: '301' } }))).toBe(
      'absent',
    )
  })

  test('an opening is looked up with the contact; a search that is behind is not believed at once', async () => {
    const unthreaded = (time: number) => {
      const { thread: _, ...rest } = at(time)
      return rest
    }
    const contact = { [`/contacts/find_by_external_id/${outbound().visitor.id}`]: { id: CONTACT } }
    const source = { id: '8001', body: SAID, author: { type: 'user', id: CONTACT } }
    const found = answering({
      ...contact,
      '/conversations/search': { conversations: [{ id: '5001' }] },
      '/conversations/5001': { ...conversation(), created_at: NOW / 1000, source },
    })
    expect(await intercom.reconcile(unthreaded(NOW), settings, found)).toEqual({
      externalIds: ['8001'],
      thread: '5001',
    })
    const empty = answering({ ...contact, '/conversations/search': { conversations: [] } })
    expect(await intercom.reconcile(unthreaded(NOW), settings, empty)).toBe('unsure')
    expect(await intercom.reconcile(unthreaded(NOW - 120_000), settings, empty)).toBe('absent')
  })

  test('a conversation is of the one that our note names, not of what anybody else wrote', async () => {
    const link = (id: string) => `https://relay.test/console#/c/${id}`
    const ours = '01890000-0000-7000-8000-0000000000c1'
    const forged = part('1', link('01890000-0000-7000-8000-0000000000c2'))
    const note = part('2', `<p>Site: x<br>${link(ours)}</p>`, { part_type: 'note' })
    const locate = (...parts: object[]) =>
      intercom.locate(
        '5001',
        settings,
        answering({ '/conversations/5001': conversation(...parts) }),
      )
    expect(await locate(forged, note)).toBe(ours)
    expect(await locate(forged)).toBeUndefined()
    expect(await intercom.locate('5002', settings, answering({}))).toBeUndefined()
    expect(await intercom.locate('../me', settings, answering({}))).toBeUndefined()
  })

  test('what webhooks lost is read of the conversations of our visitors, and of nobody else', async () => {
    const first = await intercom.poll(undefined, settings, answering({}))
    expect(first).toEqual({ facts: [], cursor: String(NOW) })
    const seen: string[] = []
    const mia = { author: { type: 'admin', id: '301', name: 'Mia' } }
    const io = answering(
      {
        '/conversations/search': {
          conversations: [
            {
              id: '5001',
              updated_at: NOW / 1000,
              contacts: { contacts: [{ external_id: outbound().visitor.id }] },
            },
            { id: '5002', updated_at: NOW / 1000, contacts: { contacts: [{ external_id: '70' }] } },
          ],
        },
        '/conversations/5001': {
          ...conversation(
            part('9000', 'long ago', { ...mia, created_at: NOW / 1000 - 3_600 }),
            part('9001', 'yes', mia),
          ),
          state: 'closed',
          statistics: { last_close_at: NOW / 1000 },
        },
      },
      seen,
    )
    const { facts, cursor } = await intercom.poll(first.cursor, settings, io)
    expect(facts).toMatchObject([
      { kind: 'message', event: 'part-9001', echo: false, author: { name: 'Mia' } },
      { kind: 'status', status: 'resolved', event: `closed-5001-${NOW / 1000}` },
    ])
    expect(cursor).toBe(String(NOW))
    expect(seen).toEqual(['/conversations/search', '/conversations/5001'])
  })

  test('the doctor knows the region', async () => {
    const io = answering({
      '/me': { id: '301', app: { name: 'Shop', region: 'EU' } },
      '/conversations': {},
    })
    const findings = await intercom.doctor(settingsOf('https://api.intercom.io'), io)
    expect(findings).toContainEqual({
      level: 'problem',
      message: 'The workspace lives in another region: set url to https://api.eu.intercom.io.',
    })
  })
})
