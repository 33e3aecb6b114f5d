import { raiseMarks } from './conversation-log.ts'
import type { KeyedStore, KeyedTransaction } from './keyed-store.ts'
import type {
  AcceptedRun,
  CachedConversation,
  ConversationMarks,
  Draft,
  Identity,
  LocalStore,
} from './local-store.ts'
import type { Entry, Position } from './protocol.ts'

/**
 * LocalStore over any KeyedStore. One key per thing, so that no two tabs write over one another:
 *
 *   me                    device, identity, counter of sends
 *   d:<id>                a draft
 *   c:<conversation>      position and marks
 *   e:<conversation>:<seq, ten digits>  an entry
 *   n:<key>               a note
 *
 * A record may gain a field at any time; builds of any age share them. `me.v` is for the day
 * on which that is not enough.
 */
interface Me {
  readonly v: 1
  readonly device: string
  readonly counter: number
  readonly identity: Identity | null
}

interface Cached {
  /** Absent while only marks are known. */
  readonly position?: Position
  readonly marks?: ConversationMarks
}

const ME = 'me'
const entryKey = (conversation: string, seq: number): string =>
  `e:${conversation}:${String(Math.max(0, seq)).padStart(10, '0')}`
const byCounter = (a: Draft, b: Draft): number => a.n - b.n

export function createKeyedLocalStore(options: {
  readonly store: KeyedStore
  /** Makes the device's id, when none is kept. */
  readonly newDevice: () => string
}): LocalStore {
  const { store } = options
  const run = store.run
  /** The device as this page last read it. */
  let device: string | undefined

  const me = async (tx: KeyedTransaction): Promise<Me> => {
    // What was kept was written by a build that keeps this shape.
    const kept = (await tx.get(ME)) as Me | undefined
    if (kept) return kept
    const fresh: Me = { v: 1, device: options.newDevice(), counter: 0, identity: null }
    tx.put(ME, fresh)
    return fresh
  }

  const drafts = async (tx: KeyedTransaction): Promise<Draft[]> =>
    (await valuesOf<Draft>(tx, 'd:')).map(([, draft]) => draft).sort(byCounter)

  return {
    load: (tail) =>
      run(async (tx) => {
        const kept = await me(tx)
        device = kept.device
        const conversations: CachedConversation[] = []
        for (const [id, { position, marks }] of await valuesOf<Cached>(tx, 'c:')) {
          if (!position) continue
          const entries = await entriesOf(tx, id, position.seq - tail + 1, position.seq)
          const known = marks?.epoch === position.epoch && { marks }
          conversations.push({ id, position, entries, ...known })
        }
        return {
          identity: kept.identity,
          device,
          drafts: await drafts(tx),
          conversations,
          notes: Object.fromEntries(await valuesOf<string>(tx, 'n:')),
        }
      }),

    claimIdentity: (offer, replace) =>
      run(async (tx) => {
        const kept = await me(tx)
        if (kept.identity && kept.identity.token !== replace) return kept.identity
        tx.put(ME, { ...kept, identity: offer })
        return offer
      }),

    saveDraft: ({ id, conversation, body, time }, after = 0, had) =>
      run(async (tx) => {
        const kept = await me(tx)
        const next = Math.max(kept.counter, after) + 1
        const free = kept.device === device && (await drafts(tx)).every(({ n }) => n !== had)
        const numbered: Draft = { id, conversation, body, time, n: (free && had) || next }
        tx.put(ME, { ...kept, counter: Math.max(kept.counter, numbered.n) })
        tx.put(`d:${id}`, numbered)
        return numbered
      }),

    updateDraft: (draft) =>
      run(async (tx) => {
        if (await tx.get(`d:${draft.id}`)) tx.put(`d:${draft.id}`, draft)
      }),

    renumberDrafts: (first, seen) =>
      run(async (tx) => {
        const kept = await me(tx)
        const waiting = (await drafts(tx)).filter((draft) => !draft.failed)
        if (seen !== undefined && waiting[0]?.n !== seen) return waiting
        const renumbered = waiting.map((draft, at) => ({ ...draft, n: first + at }))
        for (const draft of renumbered) tx.put(`d:${draft.id}`, draft)
        tx.put(ME, { ...kept, counter: first + renumbered.length - 1 })
        return renumbered
      }),

    dropDraft: (id) => run(async (tx) => tx.delete(`d:${id}`)),

    accept: (accepted) =>
      run(async (tx) => {
        // Swept away under this page, what is kept may be somebody else's by now.
        if (!device || (await me(tx)).device === device) await accept(tx, accepted)
      }),

    page: (conversation, before, limit) =>
      run((tx) => entriesOf(tx, conversation, before - limit, before - 1)),

    saveMarks: (conversation, marks) =>
      run(async (tx) => {
        const key = `c:${conversation}`
        const cached = (await tx.get(key)) as Cached | undefined
        const { epoch } = marks
        // A page that slept through the beginning of another life.
        if ((cached?.position ?? marks).epoch !== epoch) return
        const before = cached?.marks?.epoch === epoch ? cached.marks.read : undefined
        tx.put(key, { ...cached, marks: { ...marks, read: raiseMarks(marks.read, before) } })
      }),

    saveNote: (key, value) =>
      run(async (tx) => {
        if (value === undefined) tx.delete(`n:${key}`)
        else tx.put(`n:${key}`, value)
      }),

    clear: (what) =>
      run(async (tx) => {
        const { counter } = await me(tx)
        for (const prefix of what === 'all' ? ['c:', 'e:', 'd:', 'n:'] : ['c:', 'e:']) {
          tx.delete(prefix, true)
        }
        // The counter goes on: a device that is told again by the same id must not count anew.
        if (what === 'all') {
          device = options.newDevice()
          tx.put(ME, { v: 1, device, counter, identity: null })
        }
      }),

    durable: store.durable,
    close: store.close,
  }
}

async function accept(tx: KeyedTransaction, run: AcceptedRun): Promise<void> {
  const { conversation, position, entries, settled } = run
  for (const id of settled) tx.delete(`d:${id}`)
  const key = `c:${conversation}`
  const cached = (await tx.get(key)) as Cached | undefined
  const kept = cached?.position
  const sameLife = kept?.epoch === position.epoch && !run.replace
  const known = sameLife ? kept.seq : 0
  // Another tab was quicker; its position stands.
  if (position.seq <= known) return
  // What it continues is not kept: the page read on while another one, which slept through the end
  // of a life of the log, kept that, or while storage failed. A history with holes is none.
  if (!run.replace && (entries[0]?.seq ?? 0) > known + 1) return
  if (!sameLife) tx.delete(`e:${conversation}:`, true)
  for (const entry of entries) tx.put(entryKey(conversation, entry.seq), entry)
  tx.put(key, { ...cached, position })
}

/** Values whose keys begin so, with the rest of their keys. */
async function valuesOf<Value>(tx: KeyedTransaction, prefix: string): Promise<[string, Value][]> {
  return (await tx.all(prefix)).map(([key, value]) => [key.slice(prefix.length), value as Value])
}

async function entriesOf(
  tx: KeyedTransaction,
  conversation: string,
  from: number,
  to: number,
): Promise<Entry[]> {
  const found = await tx.all(entryKey(conversation, from), entryKey(conversation, to))
  return found.map(([, entry]) => entry as Entry)
}
