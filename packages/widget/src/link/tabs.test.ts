import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { describe, expect, it } from 'vitest'

import { createFakeChannels } from '../../test/fake-channel.ts'
import { createFakeLocks } from '../../test/fake-locks.ts'
import { createTabs, LEADER_ANSWER_MS, LEADER_CHECK_MS } from './tabs.ts'

function browser() {
  const clock = createVirtualClock()
  const locks = createFakeLocks()
  const channels = createFakeChannels()
  const open = (options: { locks?: boolean; channel?: boolean } = {}) => {
    const log: string[] = []
    const channel = channels.open()
    const tabs = createTabs<string>({
      name: 'homing:pk_test',
      locks: options.locks === false ? undefined : locks,
      channel: options.channel === false ? undefined : channel,
      clock,
      lead: () => log.push('lead'),
      follow: () => log.push('follow'),
      heard: (message) => log.push(`heard ${message}`),
    })
    return { tabs, log, channel }
  }
  return { clock, open }
}

describe('tabs', () => {
  it('the first tab leads, the second follows and leads when the first closes', async () => {
    const { clock, open } = browser()
    const first = open()
    const second = open()
    await clock.advance(0)
    expect([first.log, second.log]).toEqual([['lead'], []])
    first.tabs.close()
    await clock.advance(0)
    expect(second.log).toEqual(['lead'])
  })

  it('what one tells, the others hear, and not itself', async () => {
    const { clock, open } = browser()
    const first = open()
    const second = open()
    await clock.advance(0)
    second.tabs.tell('hello')
    await clock.advance(0)
    expect(first.log).toContain('heard hello')
    expect(second.log).not.toContain('heard hello')
  })

  it('C7: a looked-at tab whose leader is frozen leads within 10 s, and the thawed one steps back', async () => {
    const { clock, open } = browser()
    const leader = open()
    const follower = open()
    await clock.advance(0)
    follower.tabs.attend(true)
    await clock.advance(LEADER_CHECK_MS)
    expect(follower.tabs.leading()).toBe(false)
    leader.channel.deaf = true
    await clock.advance(LEADER_CHECK_MS + LEADER_ANSWER_MS)
    expect(LEADER_CHECK_MS + LEADER_ANSWER_MS).toBeLessThan(10_000)
    expect(follower.log).toEqual(['lead'])
    leader.channel.deaf = false
    await clock.advance(0)
    expect(leader.log).toEqual(['lead', 'follow'])
    follower.tabs.close()
    await clock.advance(0)
    expect(leader.tabs.leading()).toBe(true)
  })

  it('a tab that nobody looks at asks nothing', async () => {
    const { clock, open } = browser()
    open()
    const follower = open()
    await clock.advance(0)
    follower.tabs.attend(true)
    await clock.advance(0)
    follower.tabs.attend(false)
    expect(clock.timers()).toBe(0)
  })

  it('without locks or without a channel each tab leads for itself', async () => {
    const { clock, open } = browser()
    const tabs = [open({ locks: false }), open({ channel: false }), open({ locks: false })]
    await clock.advance(0)
    expect(tabs.map(({ log }) => log)).toEqual([['lead'], ['lead'], ['lead']])
  })

  it('where locks are denied, a tab leads for itself and asks no more', async () => {
    const clock = createVirtualClock()
    let asked = 0
    const log: string[] = []
    createTabs<string>({
      name: 'homing:pk_test',
      locks: {
        request: () => {
          asked++
          return Promise.reject(new DOMException('denied', 'SecurityError'))
        },
      },
      channel: createFakeChannels().open(),
      clock,
      lead: () => log.push('lead'),
      follow: () => log.push('follow'),
      heard: () => {},
    })
    await clock.advance(60_000)
    expect([log, asked]).toEqual([['lead'], 1])
  })

  it('a message of another version, or of nobody, is passed over', async () => {
    const { clock, open } = browser()
    const first = open()
    const second = open()
    await clock.advance(0)
    for (const data of [
      null,
      'text',
      { v: 2, kind: 'message', message: 'new' },
      { kind: 'message' },
    ]) {
      second.channel.postMessage(data)
    }
    await clock.advance(0)
    expect(first.log).toEqual(['lead'])
  })

  it('closed, it neither hears, speaks nor leads, and leaves no timer', async () => {
    const { clock, open } = browser()
    const first = open()
    const second = open()
    await clock.advance(0)
    second.tabs.attend(true)
    second.tabs.close()
    second.tabs.close()
    second.tabs.tell('hello')
    first.tabs.close()
    await clock.advance(LEADER_CHECK_MS * 2)
    expect(second.log).toEqual([])
    expect(clock.timers()).toBe(0)
  })
})
