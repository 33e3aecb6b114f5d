import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { describe, expect, it } from 'vitest'

import { createFakeChannels } from '../../test/fake-channel.ts'
import { createFakeLocks } from '../../test/fake-locks.ts'
import { createCompany } from './company.ts'
import { LEADER_ANSWER_MS } from './tabs.ts'

function browser() {
  const clock = createVirtualClock()
  const locks = createFakeLocks()
  const channels = createFakeChannels()
  const open = () => {
    const log: string[] = []
    const drafts: { id: string }[] = []
    const company = createCompany<string>({
      name: 'homing:pk_test',
      engine: {
        connect: () => void log.push('connect'),
        disconnect: () => void log.push('disconnect'),
        wake: () => void log.push('wake'),
        reload: () => Promise.resolve(void log.push('reload')),
        drafts: () => drafts as never,
      },
      clock,
      locks,
      channel: channels.open,
      durable: true,
      visible: true,
      heard: (message) => log.push(`heard ${message}`),
      joined: () => {},
    })
    return { company, log, drafts }
  }
  return { clock, open }
}

describe('a page among the others', () => {
  it('the first one has the link, all read again what was kept before they could hear', async () => {
    const { clock, open } = browser()
    const [first, second] = [open(), open()]
    await clock.advance(0)
    expect(first.log).toEqual(['reload', 'connect'])
    expect(second.log).toEqual(['reload'])
  })

  it('C7: a page that slept reads again what was kept, though another one leads by now', async () => {
    const { clock, open } = browser()
    const [first, second] = [open(), open()]
    await clock.advance(0)
    first.company.slept()
    await clock.advance(0)
    expect(second.company.leading()).toBe(true)
    first.log.length = 0
    first.company.woke()
    await clock.advance(0)
    expect([first.company.leading(), first.log]).toEqual([false, ['reload']])
  })

  it('C7: a page whose storage failed shares nothing any more and has a link of its own', async () => {
    const { clock, open } = browser()
    const [first, second] = [open(), open()]
    await clock.advance(0)
    second.log.length = 0
    second.company.keeps(false)
    await clock.advance(0)
    expect(second.log).toContain('connect')
    first.company.tell('hello')
    await clock.advance(0)
    expect(second.log).not.toContain('heard hello')
    second.log.length = 0
    second.company.keeps(true)
    await clock.advance(0)
    expect(second.log).toEqual(['disconnect', 'reload'])
    expect(second.company.leading()).toBe(false)
  })

  it('C7: C8: words that the leader leaves lying are sent by their own page; it then reads again', async () => {
    const { clock, open } = browser()
    const [first, second] = [open(), open()]
    second.company.attend(false)
    await clock.advance(0)
    second.drafts.push({ id: 'draft' })
    second.company.submitted('draft')
    await clock.advance(3_000)
    expect(second.company.leading()).toBe(true)
    await clock.advance(LEADER_ANSWER_MS)
    expect(first.log.slice(-2)).toEqual(['disconnect', 'reload'])
  })

  it('asleep, it stays so whatever storage does, and leaves no timer', async () => {
    const { clock, open } = browser()
    const { company, log } = open()
    await clock.advance(0)
    company.slept()
    log.length = 0
    company.keeps(false)
    company.connect()
    await clock.advance(60_000)
    expect([log, clock.timers()]).toEqual([[], 0])
  })
})
