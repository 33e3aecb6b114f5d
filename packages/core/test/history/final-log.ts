import type { EventOf, HistoryEvent, LogEntry } from './event.ts'

/** The log as it is in the end, so that each event finds its place in it at once. */
export interface FinalLog {
  readonly conversations: ReadonlyMap<string, EventOf<'log'>>
  /** Undefined when the history holds no log. */
  readonly epoch: string | undefined
  /** Every entry of this draft id; more than one is a fault of its own. */
  ofDraft(id: string): readonly Placed[]
  /** Every entry with these words in this conversation. */
  ofWords(conversation: string, words: string): readonly LogEntry[]
  at(conversation: string, seq: number): LogEntry | undefined
}

export interface Placed {
  readonly conversation: string
  readonly entry: LogEntry
}

export function indexLog(history: readonly HistoryEvent[]): FinalLog {
  const conversations = new Map<string, EventOf<'log'>>()
  const drafts = new Map<string, Placed[]>()
  const words = new Map<string, LogEntry[]>()
  let epoch: string | undefined
  for (const event of history) {
    if (event.op === 'restored') epoch = event.epoch
    if (event.op !== 'log') continue
    epoch = event.epoch
    conversations.set(event.conversation, event)
    for (const entry of event.entries) {
      push(drafts, entry.id, { conversation: event.conversation, entry })
      push(words, `${event.conversation} ${entry.words}`, entry)
    }
  }
  return {
    conversations,
    epoch,
    ofDraft: (id) => drafts.get(id) ?? [],
    ofWords: (conversation, text) => words.get(`${conversation} ${text}`) ?? [],
    at: (conversation, seq) => conversations.get(conversation)?.entries[seq - 1],
  }
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
