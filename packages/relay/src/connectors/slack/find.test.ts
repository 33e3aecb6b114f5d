import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import {
  CONVERSATION,
  KEY,
  SETTINGS,
  THREAD,
  failureOf,
  farSide,
  opening,
} from '../../../test/slack-rig.ts'
import { slack } from './index.ts'

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
