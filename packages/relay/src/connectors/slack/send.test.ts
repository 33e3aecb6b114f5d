import type { webApi } from '@slack/bolt'
import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import {
  CONVERSATION,
  KEY,
  NEW_THREAD,
  SETTINGS,
  THREAD,
  entryOf,
  failureOf,
  farSide,
  ioOf,
  opening,
  statusEntry,
} from '../../../test/slack-rig.ts'
import type { SendFailure } from '../connector.ts'
import { slack } from './index.ts'
import { messageOf } from './send.ts'

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
    ['msg_too_long', 'too-large'],
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
