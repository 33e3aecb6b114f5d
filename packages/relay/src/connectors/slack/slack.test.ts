import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHmac } from 'node:crypto'
import { App, isValidSlackRequest } from '@slack/bolt'
import type { Receiver, webApi } from '@slack/bolt'
import type { Author, Entry } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo, Fact, RawWebhook, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { slack } from './index.ts'
import { emojiOf, escape, link, toPlain } from './mrkdwn.ts'
import { messageOf } from './send.ts'

const NOW = 1_790_000_000_000
const SECRET = '0123456789abcdef0123456789abcdef'
const TOKEN = 'xoxb-token-of-the-test'
const THREAD = 'C0SHOP0001/1790000000.000100'
const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'
const GIVEN = {
  token: TOKEN,
  signingSecret: SECRET,
  channel: 'C0SHOP0001',
  agents: ['U0MIA00001 Mia', 'U0TOM00001 = Tom B.'],
}
const SETTINGS = settingsOf(GIVEN)

interface Recorded {
  readonly envelope: Readonly<Record<string, unknown>>
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/slack/events.json'), 'utf8'),
) as Recorded

connectorContract({
  connector: slack,
  settings: (url) => ({ ...GIVEN, api: `${url}/api` }),
  required: ['token', 'signingSecret', 'channel'],
  wrong: {
    token: 'xoxp-1',
    signingSecret: 'short',
    channel: '#support',
    agents: ['Mia'],
    api: 'ftp://x',
  },
  sign,
  signature: {
    headers: ['x-slack-signature', 'x-slack-request-timestamp'],
    stamped: true,
    covers: true,
  },
  message: bodyOf('reply'),
  echo: bodyOf('own'),
  unknown: bodyOf('changed'),
  thread: THREAD,
  healthy: ({ path }) => ({ status: 200, body: JSON.stringify(healthy(path)) }),
  keyOf: ({ path, body }) => {
    if (!path.includes('chat.postMessage')) return undefined
    const { metadata } = JSON.parse(body) as { metadata: { event_payload: { key: string } } }
    return metadata.event_payload.key
  },
  // Slack may have posted before it failed; it can be looked up, so it is.
  failures: { 500: 'unknown', 502: 'unknown' },
})

describe('slack: signatures, with the official check as the judge', () => {
  const bodies = ['{"a":1}', '{ "b" : "👋 grüezi", "a" : 1 }', bodyOf('reply')]

  test.each(bodies)('%j is taken by both', (body) => {
    const request = sign(body, 'x', NOW)
    expect(slack.verify(request, SETTINGS, NOW)).toEqual({ ok: true })
    expect(official(request)).toBe(true)
  })

  test('a changed body, time, secret or version is taken by neither', () => {
    const good = sign('{"a":1}', 'x', NOW)
    const seconds = String(NOW / 1000)
    const changes: Partial<RawWebhook>[] = [
      { body: new TextEncoder().encode('{"a":2}') },
      { headers: { ...good.headers, 'x-slack-request-timestamp': String(NOW / 1000 - 1) } },
      { headers: sign('{"a":1}', 'x', NOW, 'f'.repeat(32)).headers },
      { headers: { ...good.headers, 'x-slack-signature': 'v1=00' } },
      { headers: { ...good.headers, 'x-slack-signature': 'v0=' } },
      { headers: sign('{"a":1}', 'x', NOW - 301_000).headers },
    ]
    for (const change of changes) {
      expect(slack.verify({ ...good, ...change }, SETTINGS, NOW)).toMatchObject({ ok: false })
      expect(official({ ...good, ...change })).toBe(false)
    }
    const broken = { ...good, headers: { ...good.headers, 'x-slack-request-timestamp': '1e9' } }
    expect(slack.verify(broken, SETTINGS, NOW)).toMatchObject({ ok: false, status: 400 })
    expect(seconds).toHaveLength(10)
  })
})

describe('slack: the question at registration', () => {
  const question = JSON.stringify({ token: 'x', challenge: '3eZbrw1aB', type: 'url_verification' })

  test('is answered with its challenge when it is signed, and refused when it is not', () => {
    const asked = sign(question, 'x', NOW)
    expect(slack.greet(asked, SETTINGS)).toEqual({
      status: 200,
      contentType: 'text/plain',
      body: '3eZbrw1aB',
    })
    const forged = sign(question, 'x', NOW, 'f'.repeat(32))
    expect(slack.greet(forged, SETTINGS)).toMatchObject({ status: 403 })
    expect(slack.greet({ ...asked, headers: {} }, SETTINGS)).toMatchObject({ status: 403 })
  })

  test('an ordinary event is no question', () => {
    expect(slack.greet(sign(bodyOf('reply'), 'x', NOW), SETTINGS)).toBeUndefined()
    expect(slack.greet({ ...sign(question, 'x', NOW), method: 'GET' }, SETTINGS)).toBeUndefined()
    expect(slack.greet(sign('{', 'x', NOW), SETTINGS)).toBeUndefined()
  })
})

describe('slack: events', () => {
  test('a reply in a thread is a message, with the name the settings give', () => {
    expect(facts('reply')).toEqual([
      {
        kind: 'message',
        event: 'message:C0SHOP0001/1790000010.000200',
        externalId: 'C0SHOP0001/1790000010.000200',
        where: { thread: THREAD },
        time: 1_790_000_010_000,
        order: 1_790_000_010_000_200,
        author: { role: 'agent', id: 'U0MIA00001', name: 'Mia' },
        body: {
          type: 'text',
          text: 'Yes & it is <blue>: https://shop.test/p/7 👋🏽 :shipit: @Tom B.',
        },
        echo: false,
      },
    ])
  })

  test('a name that travels with the event is used where the settings have none, else there is none', () => {
    expect(facts('profiled')).toMatchObject([{ author: { id: 'U0NEW00001', name: 'Zoë' } }])
    const [fact] = facts('reply', { user: 'U0NOBODY01' })
    expect(fact).toMatchObject({ author: { role: 'agent', id: 'U0NOBODY01' } })
    expect(fact?.kind === 'message' && fact.author.name).toBeUndefined()
  })

  test('files come as media, those that lie elsewhere as their address, deleted ones not at all', () => {
    expect(facts('files')).toMatchObject([
      {
        body: { type: 'text', text: 'the sheet\n📎 plan https://drive.test/plan' },
        media: [{ reference: 'F0SHEET001', name: 'size.pdf', type: 'application/pdf' }],
      },
    ])
    const only = { text: '', files: [{ id: 'F0SHEET001', name: 'size.pdf' }] }
    expect(facts('files', only)).toMatchObject([
      { body: { type: 'text', text: '' }, media: [{ reference: 'F0SHEET001' }] },
    ])
  })

  test.each([
    ['a note between colleagues', 'reply', { text: '// is she a customer?' }],
    ['a note behind a blank, as Slack wants it', 'reply', { text: ' // is she?' }],
    ["the channel's own talk", 'reply', { thread_ts: undefined }],
    ['the first message of a thread', 'reply', { thread_ts: '1790000010.000200' }],
    ['a change of a message', 'changed', {}],
    ['a deletion', 'changed', { subtype: 'message_deleted' }],
    ['somebody who joins', 'reply', { subtype: 'channel_join' }],
    ['another app', 'foreign', {}],
    ['an old kind of bot', 'reply', { subtype: 'bot_message', bot_id: 'B1', user: undefined }],
    ['nothing', 'reply', { text: '', blocks: [] }],
    ['another event', 'reply', { type: 'app_mention' }],
    ['a thread that is none', 'reply', { thread_ts: 'x/../y' }],
    ['another reaction', 'done', { reaction: 'eyes' }],
    ['a reaction to a file', 'done', { item: { type: 'file', file: 'F1' } }],
    ['our own reaction', 'done', { user: 'U0HOMING01' }],
  ] as const)('%s is no fact', (_, name, change) => {
    expect(facts(name, change)).toEqual([])
  })

  test('a reply that is sent to the channel as well, and one in the third person, are messages', () => {
    for (const subtype of ['thread_broadcast', 'me_message']) {
      expect(facts('reply', { subtype })).toHaveLength(1)
    }
  })

  test('the reaction on the first message resolves, its removal opens, and so do the words', () => {
    expect(facts('done')).toEqual([
      {
        kind: 'status',
        event: `reaction:${THREAD}:U0MIA00001:1790000020.000300`,
        where: { thread: THREAD },
        time: 1_790_000_020_000,
        order: 1_790_000_020_000_300,
        status: 'resolved',
        author: { role: 'agent', id: 'U0MIA00001', name: 'Mia' },
      },
    ])
    expect(facts('done', { type: 'reaction_removed' })).toMatchObject([{ status: 'open' }])
    expect(facts('reply', { text: '!done' })).toMatchObject([
      { kind: 'status', status: 'resolved' },
    ])
    expect(facts('reply', { text: ' !Open ' })).toMatchObject([{ kind: 'status', status: 'open' }])
    expect(facts('reply', { text: '!done soon' })).toMatchObject([{ kind: 'message' }])
  })

  test('what is ours by the official library is ours here, and nothing else is', async () => {
    const names = ['reply', 'own', 'profiled', 'files', 'done']
    const cases = [
      ...names.map((name) => ({ name, change: {} })),
      { name: 'done', change: { user: 'U0HOMING01' } },
    ]
    for (const { name, change } of cases) {
      const ignored = !(await reaches(name, change))
      const told = facts(name, change)
      const ours = told.every((fact) => fact.kind === 'message' && fact.echo)
      expect(ours, `${name} ${JSON.stringify(change)}`).toBe(ignored)
    }
  })
})

describe('slack: markup', () => {
  test.each([
    ['&lt;b&gt; &amp;amp;', '<b> &amp;'],
    ['<https://a.test/?x=1&amp;y=2>', 'https://a.test/?x=1&y=2'],
    ['<https://a.test|our page>', 'our page (https://a.test)'],
    ['<http://a.test|a.test>', 'a.test'],
    ['<mailto:ann@a.test|ann@a.test>', 'ann@a.test'],
    ['<tel:+411234|call us>', 'call us (+411234)'],
    ['<@U0MIA00001> <@U9|zoe> <@U9>', '@Mia @zoe @U9'],
    ['<#C1|general> <#C1>', '#general #C1'],
    ['<!here> <!channel> <!subteam^S1|@team> <!subteam^S1>', '@here @channel @team @subteam'],
    ['<!date^1^{date}|1 January>', '1 January'],
    [':wave: :wave::skin-tone-4: :custom: 12:30:45 a::b', '👋 👋 :custom: 12:30:45 a::b'],
  ])('%s is read as %s', (text, plain) => {
    const emoji = new Map([[':wave:', '👋']])
    expect(toPlain(text, SETTINGS.agents, emoji)).toBe(plain)
  })

  test("a visitor's words come back as they went, and call nobody", () => {
    const words = 'a < b && c > d <!channel> <@U0MIA00001> &lt; 👋'
    expect(escape(words)).not.toMatch(/[<>]/)
    expect(toPlain(escape(words), new Map(), new Map())).toBe(words)
    expect(link('https://a.test/<x>|y', 'a|b\nc>')).toBe('<https://a.test/%3Cx%3E%7Cy|a b c&gt;>')
  })

  test('emoji are read from blocks of any shape, and absurd ones are left', () => {
    const deep = { elements: [{ elements: [{ type: 'emoji', name: 'a', unicode: '110000000' }] }] }
    expect(emojiOf(deep).size).toBe(0)
    expect(
      emojiOf([{ elements: [{ type: 'emoji', name: 'a', unicode: '1f600' }] }]).get(':a:'),
    ).toBe('😀')
    expect(emojiOf('x').size).toBe(0)
  })
})

describe('slack: what is posted', () => {
  test('is what the official types take', () => {
    const message: webApi.ChatPostMessageArguments = messageOf(
      { text: 'x', username: 'Ann', mrkdwn: false },
      outbound(),
      SETTINGS,
      undefined,
    )
    expect(message).toMatchObject({ channel: 'C0SHOP0001', text: 'x' })
  })

  test('a new conversation is one message with card, transcript and words', async () => {
    const far = farSide()
    const receipt = await slack.send(
      opening({
        before: [
          entryOf('is it <blue>?\n> Mia: yes'),
          entryOf('it is', { role: 'agent', id: 'm' }),
        ],
        omitted: 3,
        page: { url: 'https://shop.test/p?a=1&b=2', title: 'Shoes <new>' },
        visitor: { id: 'v', name: 'Ann', locale: 'en' },
      }),
      SETTINGS,
      far.io,
    )
    expect(receipt).toEqual({ externalIds: [NEW_THREAD], thread: NEW_THREAD })
    expect(far.calls).toEqual(['chat.postMessage'])
    expect(far.bodies[0]).toEqual({
      channel: 'C0SHOP0001',
      username: 'Ann (visitor)',
      mrkdwn: true,
      unfurl_links: false,
      unfurl_media: false,
      metadata: {
        event_type: 'homing_entry',
        event_payload: { conversation: CONVERSATION, key: KEY },
      },
      text: [
        '*New conversation*',
        '*Page:* <https://shop.test/p?a=1&amp;b=2|Shoes &lt;new&gt;>',
        '*Site:* Test shop',
        '*Language:* en',
        '*Conversation:* 7F3A',
        `<https://relay.test/console#/c/${CONVERSATION}|Open in Homing>`,
        '',
        '> (3 earlier messages are left out)',
        '> Ann: is it &lt;blue&gt;?',
        '>   &gt; Mia: yes',
        '> Agent: it is',
        '',
        'secret words of the visitor',
      ].join('\n'),
    })
  })

  test('what follows is a reply, in the name of who wrote it', async () => {
    const far = farSide()
    const receipt = await slack.send(
      outbound({ thread: THREAD, more: [entryOf('and <!here> another')] }),
      SETTINGS,
      far.io,
    )
    expect(receipt).toEqual({ externalIds: [NEW_THREAD], thread: THREAD })
    expect(far.bodies[0]).toMatchObject({
      channel: 'C0SHOP0001',
      thread_ts: '1790000000.000100',
      username: 'Visitor',
      mrkdwn: false,
      text: 'secret words of the visitor\nand &lt;!here&gt; another',
    })
  })

  test('of several people it is a script', async () => {
    const far = farSide()
    const mia = entryOf('yes', { role: 'agent', id: 'm', name: 'Mia' })
    await slack.send(outbound({ thread: THREAD, more: [mia] }), SETTINGS, far.io)
    expect(far.bodies[0]).toMatchObject({ text: 'Visitor: secret words of the visitor\nMia: yes' })
    expect(far.bodies[0]).not.toHaveProperty('username')
  })

  test('a visitor cannot pass for a colleague, nor a bot for a person', async () => {
    const names = []
    for (const author of [
      { role: 'agent', id: 'm', name: 'Mia' },
      { role: 'bot', id: 'b', name: 'Mia' },
      { role: 'visitor', id: 'v' },
    ] as const) {
      const far = farSide()
      const entry = entryOf('x', author)
      const visitor = { id: 'v', name: `Mia\n${'x'.repeat(200)}` }
      await slack.send(outbound({ thread: THREAD, entry, visitor }), SETTINGS, far.io)
      names.push(far.bodies[0]?.['username'])
    }
    expect(names.slice(0, 2)).toEqual(['Mia (Homing)', 'Mia (bot)'])
    expect(names[2]).toMatch(/^Mia x+… \(visitor\)$/)
    expect(String(names[2]).length).toBeLessThanOrEqual(80)
  })

  test('nothing to say is nothing to send', async () => {
    const far = farSide()
    const entry = { ...entryOf(''), body: { type: 'card' } }
    expect(await slack.send(outbound({ thread: THREAD, entry }), SETTINGS, far.io)).toEqual({
      externalIds: [],
      thread: THREAD,
    })
    const joined = statusEntry('joined')
    await slack.send(outbound({ thread: THREAD, entry: joined }), SETTINGS, far.io)
    await slack.send(opening({ entry: statusEntry('resolved') }), SETTINGS, far.io)
    expect(far.calls).toEqual([])
  })
})

describe('slack: status', () => {
  test.each([
    ['resolved', 'reactions.add'],
    ['open', 'reactions.remove'],
  ] as const)('%s is %s on the first message', async (status, method) => {
    const far = farSide()
    await slack.send(outbound({ thread: THREAD, entry: statusEntry(status) }), SETTINGS, far.io)
    expect(far.calls).toEqual([method])
    expect(far.bodies[0]).toEqual({
      channel: 'C0SHOP0001',
      timestamp: '1790000000.000100',
      name: 'white_check_mark',
    })
  })

  test('what is so already is done', async () => {
    for (const [status, word] of [
      ['resolved', 'already_reacted'],
      ['open', 'no_reaction'],
    ] as const) {
      const far = farSide({ [`reactions.${status === 'open' ? 'remove' : 'add'}`]: word })
      const sent = slack.send(
        outbound({ thread: THREAD, entry: statusEntry(status) }),
        SETTINGS,
        far.io,
      )
      expect(await sent).toEqual({ externalIds: [], thread: THREAD })
    }
  })

  test('without the right to react it is a line, with the words that came along', async () => {
    const far = farSide({ 'reactions.add': 'missing_scope' })
    const more = [statusEntry('resolved')]
    await slack.send(outbound({ thread: THREAD, more }), SETTINGS, far.io)
    expect(far.calls).toEqual(['reactions.add', 'chat.postMessage'])
    expect(far.bodies[1]).toMatchObject({
      text: 'secret words of the visitor\n(resolved by Mia)',
    })
  })

  test('a reaction that may have been set is set again, before any word goes out', async () => {
    const far = farSide({ 'reactions.add': 'internal_error' })
    const more = [statusEntry('resolved')]
    const failure = await failureOf(
      slack.send(outbound({ thread: THREAD, more }), SETTINGS, far.io),
    )
    expect(failure.failure).toBe('retry')
    expect(far.calls).toEqual(['reactions.add'])
  })
})

describe('slack: what a failure means', () => {
  test.each<[string, SendFailure]>([
    ['invalid_auth', 'needs-reauth'],
    ['token_revoked', 'needs-reauth'],
    ['account_inactive', 'needs-reauth'],
    ['missing_scope', 'needs-reauth'],
    ['channel_not_found', 'needs-reauth'],
    ['not_in_channel', 'needs-reauth'],
    ['is_archived', 'needs-reauth'],
    ['msg_too_long', 'bad-content'],
    ['no_text', 'bad-content'],
    ['thread_not_found', 'thread-gone'],
    ['cannot_reply_to_message', 'thread-gone'],
    ['ratelimited', 'retry'],
    ['service_unavailable', 'retry'],
    ['internal_error', 'unknown'],
    ['fatal_error', 'unknown'],
    ['Ann is angry', 'unknown'],
  ])('200 with "%s" is %s', async (word, expected) => {
    const far = farSide({ 'chat.postMessage': word })
    const error = await failureOf(slack.send(outbound({ thread: THREAD }), SETTINGS, far.io))
    expect(error.failure).toBe(expected)
    expect(error.message).not.toContain('Ann')
  })

  test('a channel that was left takes its threads along, not the connector', async () => {
    const thread = 'C0OLD00001/1790000000.000100'
    for (const word of ['is_archived', 'not_in_channel', 'channel_not_found']) {
      const far = farSide({ 'chat.postMessage': word })
      const error = await failureOf(slack.send(outbound({ thread }), SETTINGS, far.io))
      expect(error.failure).toBe('thread-gone')
    }
    const far = farSide({ 'chat.postMessage': 'invalid_auth' })
    const error = await failureOf(slack.send(outbound({ thread }), SETTINGS, far.io))
    expect(error.failure).toBe('needs-reauth')
  })

  test('a thread of another connector is no thread here', async () => {
    const sent = slack.send(outbound({ thread: '-100/7' }), SETTINGS, farSide().io)
    expect((await failureOf(sent)).failure).toBe('thread-gone')
  })

  test('an answer that is no JSON leaves it open; the rest of a 200 does not', async () => {
    const io = ioOf(async () => new Response('<html>', { status: 200 }))
    expect((await failureOf(slack.send(outbound({ thread: THREAD }), SETTINGS, io))).failure).toBe(
      'unknown',
    )
  })
})

describe('slack: a message that may have arrived', () => {
  const posted = (changes: Record<string, unknown> = {}) => ({
    ts: '1790000011.000400',
    bot_id: 'B0HOMING01',
    metadata: {
      event_type: 'homing_entry',
      event_payload: { conversation: CONVERSATION, key: KEY },
    },
    ...changes,
  })
  const look = (messages: unknown, rest: Record<string, unknown> = {}, thread?: string) => {
    const far = farSide({}, { messages, ...rest })
    const looked = thread === undefined ? opening() : outbound({ thread })
    return { far, found: slack.reconcile(looked, SETTINGS, far.io) }
  }

  test('is found in its thread, and in the channel when it opened one', async () => {
    const { far, found } = look([{ ts: '1', text: 'x' }, posted()], {}, THREAD)
    expect(await found).toEqual({ externalIds: ['C0SHOP0001/1790000011.000400'], thread: THREAD })
    expect(far.paths[1]).toContain(
      'conversations.replies?channel=C0SHOP0001&oldest=1789999700.000000',
    )
    expect(far.paths[1]).toContain('include_all_metadata=true&ts=1790000000.000100')
    const opened = look([posted()])
    expect(await opened.found).toEqual({
      externalIds: ['C0SHOP0001/1790000011.000400'],
      thread: 'C0SHOP0001/1790000011.000400',
    })
    expect(opened.far.paths[1]).toContain('conversations.history?')
  })

  test('is absent only after the last page', async () => {
    expect(await look([posted({ metadata: undefined })], {}, THREAD).found).toBe('absent')
    expect(await look([], { has_more: true }, THREAD).found).toBe('unsure')
    const endless = look([], { response_metadata: { next_cursor: 'n' } }, THREAD)
    expect(await endless.found).toBe('unsure')
    expect(endless.far.paths.filter((path) => path.includes('cursor=n'))).toHaveLength(4)
  })

  test("another app's mark, or another entry's, is not ours", async () => {
    const foreign = posted({ bot_id: 'B0OTHER001' })
    const other = posted({
      metadata: { event_type: 'homing_entry', event_payload: { conversation: 'c', key: 'k' } },
    })
    expect(await look([foreign, other, null, 7], {}, THREAD).found).toBe('absent')
  })

  test('C12: a thread belongs to the conversation its first message names, if we wrote it', async () => {
    const locate = (message: unknown, errors = {}) =>
      slack.locate(THREAD, SETTINGS, farSide(errors, { messages: [message] }).io)
    const root = posted({ ts: '1790000000.000100' })
    expect(await locate(root)).toBe(CONVERSATION)
    expect(await locate({ ...root, bot_id: 'B0OTHER001' })).toBeUndefined()
    expect(await locate(posted())).toBeUndefined()
    expect(await locate(undefined)).toBeUndefined()
    expect(await locate(root, { 'conversations.history': 'not_in_channel' })).toBeUndefined()
    await failureOf(locate(root, { 'conversations.history': 'ratelimited' }))
    expect(await slack.locate('-100/7', SETTINGS, farSide().io)).toBeUndefined()
  })
})

describe('slack: files', () => {
  const file = (address: string) => ({
    file: { id: 'F1', name: 'size.pdf', mimetype: 'application/pdf', url_private: address },
  })
  const fetched = async (address: string, answer: Response) => {
    const asked: [string, string | null][] = []
    const io = ioOf(async (url, init) => {
      asked.push([url, new Headers(init?.headers).get('authorization')])
      if (url.includes('files.info')) return Response.json({ ok: true, ...file(address) })
      return answer
    })
    const got = slack.media('F1', SETTINGS, io)
    return { asked, got }
  }

  test('are fetched with the token, from Slack alone', async () => {
    const address = 'https://files.slack.com/files-pri/T1-F1/size.pdf'
    const { asked, got } = await fetched(address, new Response(new Uint8Array([1, 2])))
    expect(await got).toEqual({
      bytes: new Uint8Array([1, 2]),
      type: 'application/pdf',
      name: 'size.pdf',
    })
    expect(asked).toEqual([
      ['https://slack.com/api/files.info?file=F1', `Bearer ${TOKEN}`],
      [address, `Bearer ${TOKEN}`],
    ])
    for (const elsewhere of [
      'https://evil.test/x',
      'https://slack.com.evil.test/x',
      'https://evilslack.com/x',
      'http://files.slack.com/x',
      'nothing',
    ]) {
      const { asked: calls, got: refused } = await fetched(elsewhere, new Response('x'))
      expect((await failureOf(refused)).failure).toBe('bad-content')
      expect(calls).toHaveLength(1)
    }
  })

  test.each<[Response, SendFailure]>([
    [new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'needs-reauth'],
    [new Response(null, { status: 302 }), 'needs-reauth'],
    [new Response(null, { status: 404 }), 'bad-content'],
    [new Response(null, { status: 429 }), 'retry'],
  ])('a page in place of a file, and other failures (%#)', async (answer, expected) => {
    const { got } = await fetched('https://files.slack.com/x', answer)
    expect((await failureOf(got)).failure).toBe(expected)
  })
})

describe('slack: the doctor', () => {
  test('names each right that is missing, and the channel', async () => {
    const io = ioOf(async (url) => {
      const ok = !url.includes('conversations.history')
      return Response.json(
        ok ? { ok, user: 'homing', team: 'Shop' } : { ok, error: 'not_in_channel' },
        {
          headers: { 'x-oauth-scopes': 'chat:write, files:read,reactions:read' },
        },
      )
    })
    const told = await slack.doctor(SETTINGS, io)
    expect(told.map(({ level, message }) => [level, message.slice(0, 44)])).toEqual([
      ['ok', 'Slack takes the token, as homing in Shop.'],
      ['problem', 'Add the bot scope chat:write.customize under'],
      ['problem', 'Add the bot scope reactions:write under OAut'],
      ['problem', 'Invite the app into the channel C0SHOP0001, '],
      ['ok', 'Slack does not tell an app what it is subscr'],
    ])
  })
})

// ── helpers ──────────────────────────────────────────────────────────────────────────────────

const NEW_THREAD = 'C0SHOP0001/1790000030.000500'

function settingsOf(given: Record<string, unknown>) {
  const parsed = slack.configure(given)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function sign(body: string, _id: string, now: number, secret = SECRET): RawWebhook {
  const seconds = String(Math.floor(now / 1000))
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')
  return {
    method: 'POST',
    headers: { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${digest}` },
    url: 'https://relay.test/v1/hooks/slack',
    body: new TextEncoder().encode(body),
  }
}

function official({ headers, body }: RawWebhook): boolean {
  return isValidSlackRequest({
    signingSecret: SECRET,
    body: new TextDecoder().decode(body),
    headers: {
      'x-slack-signature': headers['x-slack-signature'] ?? '',
      'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
    },
    nowMilliseconds: NOW,
  })
}

function envelopeOf(name: string, change: object = {}): Record<string, unknown> {
  return { ...RECORDED.envelope, event: { ...RECORDED.events[name], ...change } }
}

function bodyOf(name: string): string {
  return JSON.stringify(envelopeOf(name))
}

function facts(name: string, change: object = {}): readonly Fact[] {
  return slack.parse(sign(JSON.stringify(envelopeOf(name, change)), 'x', NOW), SETTINGS)
}

/** Does an event get past the official library's own guard against what its app wrote itself? */
async function reaches(name: string, change: object): Promise<boolean> {
  const receiver: Receiver = {
    init: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  }
  const app = new App({
    receiver,
    authorize: async () => ({
      botToken: TOKEN,
      botId: 'B0HOMING01',
      botUserId: 'U0HOMING01',
    }),
  })
  let reached = false
  const note = async (): Promise<void> => {
    reached = true
  }
  app.message(note)
  app.event('reaction_added', note)
  await app.processEvent({ body: envelopeOf(name, change), ack: async () => undefined })
  return reached
}

function healthy(path: string): Record<string, unknown> {
  if (path.includes('auth.test')) {
    return { ok: true, user: 'homing', team: 'Shop', bot_id: 'B0HOMING01' }
  }
  if (path.includes('chat.postMessage')) {
    return { ok: true, channel: 'C0SHOP0001', ts: '1790000030.000500' }
  }
  return { ok: true, messages: [] }
}

/** Slack as it answers: with a 200, and `errors` by method in the body. */
function farSide(errors: Record<string, string> = {}, read: Record<string, unknown> = {}) {
  const calls: string[] = []
  const paths: string[] = []
  const bodies: Record<string, unknown>[] = []
  const io = ioOf(async (url, init) => {
    const path = url.slice('https://slack.com/api/'.length)
    const method = path.split('?')[0] ?? ''
    calls.push(method)
    paths.push(path)
    if (typeof init?.body === 'string') bodies.push(JSON.parse(init.body))
    const error = errors[method]
    if (error !== undefined) return Response.json({ ok: false, error })
    const more = method.startsWith('conversations.') ? read : {}
    return Response.json({ ...healthy(path), ...more })
  })
  return { io, calls, paths, bodies }
}

function ioOf(fetch: ConnectorIo['fetch']): ConnectorIo {
  return { fetch, signal: new AbortController().signal, now: NOW }
}

function opening(changes: Parameters<typeof outbound>[0] = {}) {
  const { thread: _, ...rest } = outbound(changes)
  return rest
}

function entryOf(text: string, author: Author = outbound().entry.author): Entry {
  return { ...outbound().entry, author, body: { type: 'text', text } }
}

function statusEntry(status: 'open' | 'resolved' | 'joined'): Entry {
  const author: Author = { role: 'agent', id: 'm', name: 'Mia' }
  return { ...outbound().entry, author, body: { type: 'status', status } }
}

async function failureOf(work: Promise<unknown>): Promise<SendError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof SendError)) throw new Error('a SendError was expected', { cause: error })
  return error
}
