import type { Ack, Entries, Entry } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { createFollower } from './follower.ts'

const CONVERSATION = '01890000-0000-7000-8000-000000000001'

function entry(seq: number, id = `draft-${seq}`): Entry {
  const body = { type: 'text', text: `words ${seq}` } as const
  return { seq, id, author: { role: 'visitor', id: 'v' }, time: seq, body }
}

function ackOf(seq: number, id = `draft-${seq}`): Ack {
  return { t: 'ack', id, conversation: CONVERSATION, seq, time: seq }
}

/** All that follows from what is resolved already. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** A follower over a log in the hand: reads wait until they are let go. */
function rig({ after = 0, anew = false, held = false } = {}) {
  const log: Entry[] = []
  const sent: (Entries | Ack)[] = []
  const errors: unknown[] = []
  let reads: (() => void)[] = []
  let fails = false
  let room: Promise<void> | undefined
  const follower = createFollower({
    conversation: CONVERSATION,
    epoch: 'e',
    after,
    anew,
    read: async (_, from) => {
      // What a read finds is decided when it begins, as in a store.
      const found = log.filter(({ seq }) => seq > from)
      if (held) await new Promise<void>((resolve) => reads.push(resolve))
      if (fails) throw new Error('disk')
      return found
    },
    send: (frame) => sent.push(frame),
    full: () => room,
    onError: (cause) => errors.push(cause),
  })
  return {
    follower,
    log,
    sent,
    errors,
    given: () =>
      sent.flatMap((frame): (string | number)[] =>
        frame.t === 'ack' ? [`ack ${frame.seq}`] : frame.entries.map(({ seq }) => seq),
      ),
    async release() {
      await settle()
      const waiting = reads
      reads = []
      for (const go of waiting) go()
      await settle()
    },
    fail(on: boolean) {
      fails = on
    },
    block(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      room = promise
      return () => {
        room = undefined
        resolve()
      }
    },
  }
}

describe('C6: a follower', () => {
  test('gives what is after its place, in order, once', async () => {
    const { follower, log, given } = rig({ after: 1 })
    log.push(entry(1), entry(2), entry(3))
    follower.heard(3)
    follower.heard(3)
    follower.heard(2)
    await follower.settled()
    expect(given()).toEqual([2, 3])
    expect(follower.place()).toBe(3)
  })

  test('reads nothing for its own next entry: the ack takes its turn', async () => {
    const { follower, given } = rig({ held: true })
    follower.sending('draft-1')
    follower.heard(1)
    follower.sent('draft-1', ackOf(1))
    expect(given()).toEqual(['ack 1'])
    await follower.settled()
  })

  test('gives foreign entries below an ack before it', async () => {
    const { follower, log, given } = rig()
    follower.sending('draft-3')
    log.push(entry(1), entry(2), entry(3))
    follower.heard(2)
    follower.sent('draft-3', ackOf(3))
    await follower.settled()
    expect(given()).toEqual([1, 2, 'ack 3'])
  })

  test('stops before an own entry that is in the log but not acked yet', async () => {
    const { follower, log, given, release } = rig({ held: true })
    log.push(entry(1), entry(2), entry(3))
    follower.heard(3)
    follower.sending('draft-2')
    await release()
    expect(given()).toEqual([1])
    follower.sent('draft-2', ackOf(2))
    await release()
    expect(given()).toEqual([1, 'ack 2', 3])
  })

  test('gives an own entry like any other when its send was refused', async () => {
    const { follower, log, given, release } = rig({ held: true })
    log.push(entry(1))
    follower.heard(1)
    follower.sending('draft-1')
    await release()
    follower.sent('draft-1')
    await release()
    expect(given()).toEqual([1])
  })

  test('answers a repeat of what was given long ago by its ack alone', () => {
    const { follower, given } = rig({ after: 5 })
    follower.sending('draft-2')
    follower.sent('draft-2', ackOf(2))
    expect(given()).toEqual(['ack 2'])
    expect(follower.place()).toBe(5)
  })

  test('keeps acks that come in another order than the log has them', async () => {
    const { follower, log, given } = rig()
    log.push(entry(1), entry(2))
    follower.sending('draft-1')
    follower.sending('draft-2')
    follower.sent('draft-2', ackOf(2))
    follower.sent('draft-1', ackOf(1))
    await follower.settled()
    expect(given()).toEqual(['ack 1', 'ack 2'])
  })

  test('misses nothing that is heard while it reads', async () => {
    const { follower, log, given, release } = rig({ held: true })
    log.push(entry(1))
    follower.heard(1)
    await release()
    log.push(entry(2))
    follower.heard(2)
    await release()
    await release()
    expect(given()).toEqual([1, 2])
  })

  test('a read that found nothing is repeated when more was heard meanwhile', async () => {
    const { follower, log, given, release } = rig({ held: true })
    follower.heard(1)
    await settle()
    log.push(entry(1), entry(2))
    follower.heard(2)
    await release()
    await release()
    expect(given()).toEqual([1, 2])
  })

  test('rests when the log has less than it heard', async () => {
    const { follower, given } = rig()
    follower.heard(7)
    await follower.settled()
    expect(given()).toEqual([])
    expect(follower.busy()).toBe(false)
  })

  test('never goes over a hole', async () => {
    const { follower, log, given, errors } = rig()
    log.push(entry(1), entry(3))
    follower.heard(3)
    await follower.settled()
    expect(given()).not.toContain(3)
    expect(errors).toHaveLength(1)
  })

  test('a read that fails loses nothing: the next hint goes on from the same place', async () => {
    const { follower, log, given, errors, fail } = rig()
    log.push(entry(1))
    fail(true)
    follower.heard(1)
    await follower.settled()
    expect(errors).toHaveLength(1)
    fail(false)
    follower.heard(1)
    await follower.settled()
    expect(given()).toEqual([1])
  })

  test('what was read before a restart at an earlier place is of no use', async () => {
    const { follower, log, given, errors, release } = rig({ after: 2, held: true })
    log.push(entry(1), entry(2), entry(3))
    follower.heard(3)
    await settle()
    follower.restart(1, false)
    await release()
    await release()
    expect(given()).toEqual([2, 3])
    expect(errors).toEqual([])
  })

  test('what an ack answered while it was being read is not given again', async () => {
    const { follower, log, given, errors, release } = rig({ held: true })
    log.push(entry(1), entry(2))
    follower.heard(2)
    await settle()
    follower.sending('draft-1')
    follower.sent('draft-1', ackOf(1))
    await release()
    expect(given()).toEqual(['ack 1', 2])
    expect(errors).toEqual([])
  })

  test('marks the first run of a log started anew, and only that', async () => {
    const { follower, log, sent } = rig({ after: 1, anew: true })
    log.push(entry(2))
    follower.heard(2)
    await follower.settled()
    log.push(entry(3))
    follower.heard(3)
    await follower.settled()
    expect(sent.map((frame) => frame.t === 'entries' && frame.tail)).toEqual([true, undefined])
  })

  test('reads no further for a link that is full', async () => {
    const { follower, log, given, block } = rig()
    const unblock = block()
    log.push(entry(1))
    follower.heard(1)
    await settle()
    expect(given()).toEqual([])
    unblock()
    await follower.settled()
    expect(given()).toEqual([1])
  })

  test('gives nothing after its stop', async () => {
    const { follower, log, given, release } = rig({ held: true })
    log.push(entry(1))
    follower.heard(1)
    follower.stop()
    await release()
    follower.heard(1)
    follower.sent('draft-1', ackOf(1))
    expect(given()).toEqual([])
  })
})
