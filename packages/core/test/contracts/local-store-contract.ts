import type { Draft, Entry, LocalStore, NewDraft } from '@homing/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** One place that keeps things, e.g. one database. Every store opened on it is a tab of one browser. */
export interface LocalStoreBacking {
  open(): Promise<LocalStore>
  /** Close what is open and remove what was kept. */
  dispose(): Promise<void>
}

const TAIL = 50
const A = 'conversation-a'
const B = 'conversation-b'

/** What every LocalStore keeps to. `durable`: what was kept is there for a store opened later. */
export function localStoreContract(
  name: string,
  create: () => Promise<LocalStoreBacking>,
  options: { readonly durable: boolean },
): void {
  describe(`LocalStore contract: ${name}`, () => {
    let backing: LocalStoreBacking
    let one: LocalStore
    let two: LocalStore

    beforeEach(async () => {
      backing = await create()
      one = await backing.open()
      two = await backing.open()
    })

    afterEach(async () => {
      one.close()
      two.close()
      await backing.dispose()
    })

    /** The next page load: everything closed, then opened anew. */
    const reopen = async (): Promise<void> => {
      if (!options.durable) return
      one.close()
      two.close()
      one = await backing.open()
      two = await backing.open()
    }

    describe('a fresh one', () => {
      it('has nothing but a device', async () => {
        const { device, ...rest } = await one.load(TAIL)
        expect(device).toMatch(/./)
        expect(rest).toEqual({ identity: null, drafts: [], conversations: [], notes: {} })
      })

      it('says whether it keeps things over the end of the page', () => {
        expect(one.durable()).toBe(options.durable)
      })

      it('gives every tab the same device, once something was written', async () => {
        await Promise.all([one.saveNote('x', '1'), two.saveNote('y', '2')])
        const { device } = await one.load(TAIL)
        expect((await two.load(TAIL)).device).toBe(device)
        await reopen()
        expect((await one.load(TAIL)).device).toBe(device)
      })
    })

    describe('identity', () => {
      const first = { token: 'token-1', visitor: 'visitor-1' }
      const second = { token: 'token-2', visitor: 'visitor-2' }

      it('the first one offered wins, for both tabs', async () => {
        expect(await one.claimIdentity(first)).toEqual(first)
        expect(await two.claimIdentity(second)).toEqual(first)
        await reopen()
        expect((await two.load(TAIL)).identity).toEqual(first)
      })

      it('two offers at once have one winner', async () => {
        const [x, y] = await Promise.all([one.claimIdentity(first), two.claimIdentity(second)])
        expect(x).toEqual(y)
        expect([first, second]).toContainEqual(x)
        expect((await one.load(TAIL)).identity).toEqual(x)
      })

      it('is overwritten only when the token named is the one that is kept', async () => {
        await one.claimIdentity(first)
        expect(await one.claimIdentity(second, 'token-0')).toEqual(first)
        expect(await one.claimIdentity(second, null)).toEqual(first)
        expect(await one.claimIdentity(second, 'token-1')).toEqual(second)
        expect(await two.claimIdentity(first, 'token-1')).toEqual(second)
        expect((await two.load(TAIL)).identity).toEqual(second)
      })
    })

    describe('drafts', () => {
      it('C4: the counter is one for all tabs and follows the pressed order', async () => {
        const kept = [
          await one.saveDraft(draft('d1')),
          await two.saveDraft(draft('d2', B)),
          await one.saveDraft(draft('d3')),
        ]
        expect(kept.map((each) => [each.id, each.n])).toEqual([
          ['d1', 1],
          ['d2', 2],
          ['d3', 3],
        ])
        expect(kept[1]).toEqual({ ...draft('d2', B), n: 2 })
        expect((await two.load(TAIL)).drafts).toEqual(kept)
      })

      it('C4: drafts kept at the same moment get counters of their own', async () => {
        const ids = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6']
        const kept = await Promise.all(
          ids.map((id, at) => (at % 2 === 0 ? one : two).saveDraft(draft(id))),
        )
        expect(kept.map((each) => each.n).sort((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6])
        // Those of one tab keep its order.
        for (const mine of [kept.filter((_, at) => at % 2 === 0), kept.filter((_, at) => at % 2)]) {
          expect(mine.map((each) => each.n)).toEqual(
            mine.map((each) => each.n).sort((x, y) => x - y),
          )
        }
        expect((await one.load(TAIL)).drafts.map((each) => each.n)).toEqual([1, 2, 3, 4, 5, 6])
      })

      it('C8: a kept draft is there after the end of the page, with every field', async () => {
        const body = { type: 'later', fallback: 'Ünïcode 🙂', deep: { list: [1, null, true] } }
        const kept = await one.saveDraft({ ...draft('d1'), body })
        await reopen()
        expect((await two.load(TAIL)).drafts).toEqual([kept])
        expect((await two.saveDraft(draft('d2'))).n).toBe(2)
      })

      it('a draft saved again gets the next counter and is no longer failed', async () => {
        const kept = await one.saveDraft(draft('d1'))
        await one.saveDraft(draft('d2'))
        await one.updateDraft(failed(kept))
        expect(await two.saveDraft(draft('d1'))).toEqual({ ...draft('d1'), n: 3 })
        expect((await one.load(TAIL)).drafts.map((each) => [each.id, each.n])).toEqual([
          ['d2', 2],
          ['d1', 3],
        ])
      })

      it('C4: a new draft is counted after what the page knows of, and the count goes on from there', async () => {
        await one.saveDraft(draft('d1'))
        expect((await one.saveDraft(draft('d2'), 7)).n).toBe(8)
        expect((await two.saveDraft(draft('d3'), 2)).n).toBe(9)
      })

      it('C4: a draft that was lost has its counter again, where no other draft has it', async () => {
        const { device } = await one.load(TAIL)
        await two.load(TAIL)
        for (const id of ['d1', 'd2', 'd3']) await one.saveDraft(draft(id))
        await one.dropDraft('d2')
        expect((await two.saveDraft(draft('d2'), 0, 2)).n).toBe(2)
        expect((await two.saveDraft(draft('d4'), 0, 3)).n).toBe(4)
        expect((await two.saveDraft(draft('d5'), 0, 12)).n).toBe(12)
        expect((await one.saveDraft(draft('d6'))).n).toBe(13)
        expect((await one.load(TAIL)).device).toBe(device)
      })

      it('a change of a kept draft is kept', async () => {
        const kept = await one.saveDraft(draft('d1'))
        await two.updateDraft(failed(kept))
        await reopen()
        expect((await one.load(TAIL)).drafts).toEqual([failed(kept)])
      })

      it('a draft that is gone stays gone', async () => {
        const kept = await one.saveDraft(draft('d1'))
        await two.dropDraft('d1')
        await one.updateDraft(failed(kept))
        await one.dropDraft('d1')
        expect((await one.load(TAIL)).drafts).toEqual([])
      })

      it('a dropped draft does not give its counter back', async () => {
        await one.saveDraft(draft('d1'))
        await one.dropDraft('d1')
        expect((await one.saveDraft(draft('d2'))).n).toBe(2)
      })

      it('C4: renumbering gives unfailed drafts new counters in pressed order, and returns them', async () => {
        const kept: Draft[] = []
        for (const id of ['d1', 'd2', 'd3', 'd4']) kept.push(await one.saveDraft(draft(id)))
        await one.updateDraft(failed(kept[1]!))
        const renumbered = await two.renumberDrafts(8)
        expect(renumbered.map((each) => [each.id, each.n])).toEqual([
          ['d1', 8],
          ['d3', 9],
          ['d4', 10],
        ])
        await reopen()
        const { drafts } = await one.load(TAIL)
        expect(drafts.filter((each) => !each.failed)).toEqual(renumbered)
        expect(drafts.filter((each) => each.failed)).toEqual([failed(kept[1]!)])
        expect((await one.saveDraft(draft('d5'))).n).toBe(11)
      })

      it('C4: renumbering by what was seen changes nothing when another tab was quicker', async () => {
        const kept = [await one.saveDraft(draft('d1')), await two.saveDraft(draft('d2'))]
        expect(await one.renumberDrafts(7, 2)).toEqual(kept)
        expect((await two.load(TAIL)).drafts).toEqual(kept)
        const renumbered = await one.renumberDrafts(7, 1)
        expect(renumbered.map((each) => each.n)).toEqual([7, 8])
        expect(await two.renumberDrafts(3, 1)).toEqual(renumbered)
        expect((await two.saveDraft(draft('d3'))).n).toBe(9)
        for (const id of ['d1', 'd2', 'd3']) await one.dropDraft(id)
        expect(await two.renumberDrafts(3, 7)).toEqual([])
        expect((await one.saveDraft(draft('d4'))).n).toBe(10)
      })

      it('C4: the counter can be set back, also when nothing waits', async () => {
        await one.saveDraft(draft('d1'))
        await one.dropDraft('d1')
        expect(await one.renumberDrafts(1)).toEqual([])
        expect((await two.saveDraft(draft('d2'))).n).toBe(1)
      })
    })

    describe('entries', () => {
      it('a first run is the cache', async () => {
        await one.accept(run(A, 3, 5, { replace: true }))
        await reopen()
        expect((await two.load(TAIL)).conversations).toEqual([
          { id: A, position: { epoch: 'e1', seq: 5 }, entries: entries(A, 3, 5) },
        ])
      })

      it('C6: a run that continues is added, and what is known of it is not repeated', async () => {
        await one.accept(run(A, 1, 3))
        await two.accept(run(A, 2, 5))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e1', seq: 5 },
          entries: entries(A, 1, 5),
        })
      })

      it('C6: a slower tab does not set the position back', async () => {
        await one.accept(run(A, 1, 6))
        await two.accept(run(A, 2, 4))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e1', seq: 6 },
          entries: entries(A, 1, 6),
        })
      })

      it('C6: a run that does not continue the kept one is left out, and settles its drafts', async () => {
        await one.saveDraft(draft('d1'))
        await one.accept(run(A, 1, 3))
        await one.accept(run(A, 7, 9, { settled: ['d1'] }))
        const { conversations, drafts } = await one.load(TAIL)
        expect(conversations).toEqual([
          { id: A, position: { epoch: 'e1', seq: 3 }, entries: entries(A, 1, 3) },
        ])
        expect(drafts).toEqual([])
        await two.accept(run(A, 3, 9))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached?.entries).toEqual(entries(A, 1, 9))
      })

      it('C6: a run that continues what is not kept any more is not kept either', async () => {
        await one.saveDraft(draft('d1'))
        await one.accept(run(A, 4, 5, { settled: ['d1'] }))
        const { conversations, drafts } = await one.load(TAIL)
        expect([conversations, drafts]).toEqual([[], []])
      })

      it('C6: a whole run of another epoch replaces what was kept', async () => {
        await one.accept(run(A, 1, 3))
        await one.accept(run(A, 1, 2, { epoch: 'e2' }))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e2', seq: 2 },
          entries: entries(A, 1, 2),
        })
        expect(await one.page(A, 9, 10)).toEqual(entries(A, 1, 2))
      })

      it('C6: the end of a run of another epoch does not take the place of what is kept', async () => {
        await one.accept(run(A, 1, 3))
        await two.accept(run(A, 5, 6, { epoch: 'e0' }))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e1', seq: 3 },
          entries: entries(A, 1, 3),
        })
      })

      it('replace forgets what was kept of this conversation, and of no other', async () => {
        await one.accept(run(A, 1, 3))
        await one.accept(run(B, 1, 2))
        await two.accept(run(A, 3, 4, { replace: true }))
        const { conversations } = await one.load(TAIL)
        expect(conversations.find((each) => each.id === A)?.entries).toEqual(entries(A, 3, 4))
        expect(conversations.find((each) => each.id === B)?.entries).toEqual(entries(B, 1, 2))
      })

      it('C8: entries and the drafts they settle change places in one step', async () => {
        await one.saveDraft(draft('d1'))
        const waiting = await one.saveDraft(draft('d2'))
        const before = two.load(TAIL)
        const accepted = one.accept(run(A, 1, 1, { settled: ['d1', 'unknown'] }))
        const between = two.load(TAIL)
        await accepted
        await reopen()
        for (const snapshot of [await before, await between, await two.load(TAIL)]) {
          const settled = snapshot.drafts.every((each) => each.id !== 'd1')
          expect(settled).toBe(snapshot.conversations.length === 1)
          expect(snapshot.drafts).toContainEqual(waiting)
        }
        expect((await one.load(TAIL)).drafts).toEqual([waiting])
      })

      it('a load gives the newest entries, oldest first', async () => {
        await one.accept(run(A, 1, 9))
        const [cached] = (await two.load(4)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e1', seq: 9 },
          entries: entries(A, 6, 9),
        })
      })

      it('a page ends right before the seq asked for', async () => {
        await one.accept(run(A, 1, 12))
        expect(await two.page(A, 9, 3)).toEqual(entries(A, 6, 8))
        expect(await two.page(A, 3, 10)).toEqual(entries(A, 1, 2))
        expect(await two.page(A, 1, 10)).toEqual([])
        expect(await two.page(B, 9, 3)).toEqual([])
      })
    })

    describe('marks', () => {
      const marks = { epoch: 'e1', status: 'resolved', read: { visitor: 2, agent: 1 } } as const

      it('are kept with their conversation, also when they came before its entries', async () => {
        await one.saveMarks(A, marks)
        await one.accept(run(A, 1, 3, { replace: true }))
        await reopen()
        expect((await two.load(TAIL)).conversations[0]?.marks).toEqual(marks)
      })

      it('C9: only rise, whichever tab is slower; the status is the last one said', async () => {
        await one.accept(run(A, 1, 5))
        await one.saveMarks(A, { epoch: 'e1', status: 'resolved', read: { visitor: 5, agent: 2 } })
        await two.saveMarks(A, { epoch: 'e1', status: 'open', read: { visitor: 3, agent: 4 } })
        expect((await one.load(TAIL)).conversations[0]?.marks).toEqual({
          epoch: 'e1',
          status: 'open',
          read: { visitor: 5, agent: 4 },
        })
      })

      it('C9: those of another life of the log are nothing to what is kept', async () => {
        await one.saveMarks(A, marks)
        await one.accept(run(A, 1, 3, { epoch: 'e2', replace: true }))
        await one.saveMarks(A, marks)
        const [cached] = (await two.load(TAIL)).conversations
        expect([cached?.position.epoch, cached?.marks]).toEqual(['e2', undefined])
        const risen = { epoch: 'e2', status: 'open', read: { visitor: 1, agent: 0 } } as const
        await two.saveMarks(A, risen)
        expect((await one.load(TAIL)).conversations[0]?.marks).toEqual(risen)
      })

      it('outlive a run that replaces the entries', async () => {
        await one.accept(run(A, 1, 3))
        await one.saveMarks(A, marks)
        await one.accept(run(A, 7, 9, { replace: true }))
        expect((await one.load(TAIL)).conversations[0]?.marks).toEqual(marks)
      })
    })

    describe('notes', () => {
      it('are kept by key, and undefined removes', async () => {
        await one.saveNote('composer', 'half a sen')
        await two.saveNote('open', '1')
        await one.saveNote('composer', 'half a sentence')
        await reopen()
        expect((await two.load(TAIL)).notes).toEqual({ composer: 'half a sentence', open: '1' })
        await two.saveNote('composer', undefined)
        expect((await one.load(TAIL)).notes).toEqual({ open: '1' })
      })
    })

    describe('clear', () => {
      beforeEach(async () => {
        await one.claimIdentity({ token: 'token-1', visitor: 'visitor-1' })
        await one.saveDraft(draft('d1'))
        await one.saveNote('open', '1')
        await one.accept(run(A, 1, 3))
        await one.saveMarks(A, { epoch: 'e1', status: 'open', read: { visitor: 3, agent: 3 } })
      })

      it('C8: the cache goes, drafts, identity and notes stay', async () => {
        const before = await one.load(TAIL)
        await two.clear('cache')
        await reopen()
        expect(await one.load(TAIL)).toEqual({ ...before, conversations: [] })
        expect(await one.page(A, 4, 10)).toEqual([])
        await one.accept(run(A, 1, 1))
        const [cached] = (await one.load(TAIL)).conversations
        expect(cached).toEqual({
          id: A,
          position: { epoch: 'e1', seq: 1 },
          entries: entries(A, 1, 1),
        })
      })

      it('all goes, and no counter is used twice by one device', async () => {
        const { device } = await one.load(TAIL)
        await two.clear('all')
        await reopen()
        const { device: after, ...rest } = await one.load(TAIL)
        expect(rest).toEqual({ identity: null, drafts: [], conversations: [], notes: {} })
        const { n } = await one.saveDraft(draft('d9'))
        expect(after !== device || n > 1).toBe(true)
      })
    })
  })
}

function draft(id: string, conversation = A): NewDraft {
  return { id, conversation, body: { type: 'text', text: `words of ${id}` }, time: 1_000 }
}

function failed(kept: Draft): Draft {
  return { ...kept, failed: { code: 'too_long', message: 'It is too long.', retryable: false } }
}

function entries(conversation: string, from: number, to: number): Entry[] {
  const list: Entry[] = []
  for (let seq = from; seq <= to; seq++) {
    list.push({
      seq,
      id: `${conversation}-${seq}`,
      author: { role: 'agent', id: 'agent-1', name: 'Ada' },
      time: 10_000 + seq,
      body: { type: 'text', text: `entry ${seq}` },
    })
  }
  return list
}

function run(
  conversation: string,
  from: number,
  to: number,
  more: { replace?: boolean; epoch?: string; settled?: readonly string[] } = {},
): Parameters<LocalStore['accept']>[0] {
  return {
    conversation,
    position: { epoch: more.epoch ?? 'e1', seq: to },
    entries: entries(conversation, from, to),
    settled: more.settled ?? [],
    replace: more.replace ?? false,
  }
}
