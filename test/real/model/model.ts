/**
 * What has to be true, as far as the commands tell: which tabs there are, whether the line and the
 * relay are up, and what the log owes. It knows nothing of the relay, nor of seqs and ids.
 */
export interface Model {
  readonly browsers: readonly BrowserModel[]
  readonly words: Words[]
  /** `ill`: it carries some things and fails at others. */
  line: 'fine' | 'ill' | 'down'
  relay: 'up' | 'down'
  backup: boolean
  restores: number
  /** Commands that were run. */
  commands: number
}

export interface BrowserModel {
  readonly name: string
  readonly tabs: TabState[]
}

export type TabState = 'awake' | 'frozen'

/** What somebody said, once. */
export interface Words {
  /** A browser, the script or the desk. */
  readonly by: string
  readonly conversation: string
  /** No other words have it. */
  readonly text: string
  /** `kept`: it has not left its author. `left`: the relay may have it. `acked`: it has it. */
  state: 'kept' | 'left' | 'acked'
  inBackup: boolean
  /** The log must have it in the end. Otherwise it may: a backup may have been without it. */
  owed: boolean
}

export function createModel(browsers: readonly string[]): Model {
  return {
    browsers: browsers.map((name) => ({ name, tabs: [] })),
    words: [],
    line: 'fine',
    relay: 'up',
    backup: false,
    restores: 0,
    commands: 0,
  }
}

export function said(
  model: Model,
  by: string,
  conversation: string,
  texts: readonly string[],
): void {
  const state = reaches(model) ? 'left' : 'kept'
  for (const text of texts) {
    model.words.push({ by, conversation, text, state, inBackup: false, owed: true })
  }
}

/** Those at the agents' API and the webhooks have a line of their own. */
export function answered(model: Model, by: string, conversation: string, text: string): void {
  model.words.push({ by, conversation, text, state: 'left', inBackup: false, owed: true })
}

/** The line or the relay may be back: what waited leaves. */
export function connected(model: Model): void {
  if (!reaches(model)) return
  for (const words of model.words) if (words.state === 'kept') words.state = 'left'
}

/** Nobody who could send has anything left to send. */
export function settled(model: Model): void {
  const away = model.browsers.filter(({ tabs }) => !tabs.includes('awake')).map(({ name }) => name)
  for (const words of model.words) {
    if (words.owed && !away.includes(words.by)) words.state = 'acked'
  }
}

export function backedUp(model: Model): void {
  model.backup = true
  for (const words of model.words) words.inBackup = words.state === 'acked'
}

/** What the relay may have had and the backup may lack is nobody's debt any more. */
export function restored(model: Model): void {
  model.restores++
  for (const words of model.words) {
    if (words.state !== 'kept' && !words.inBackup) words.owed = false
  }
}

/** Everything in which the log, conversation → texts in order, is not what it has to be. */
export function problemsOf(
  model: Model,
  log: ReadonlyMap<string, readonly string[]>,
  ordered: (by: string) => boolean,
): readonly string[] {
  const problems: string[] = []
  const told = (text: string): Words | undefined => model.words.find((each) => each.text === text)
  for (const [conversation, texts] of log) {
    for (const [at, text] of texts.entries()) {
      if (texts.indexOf(text) !== at) problems.push(`“${text}” is there twice`)
      if (told(text)?.conversation !== conversation) problems.push(`nobody said “${text}” there`)
    }
  }
  const owed = model.words.filter((words) => words.owed)
  for (const { text, conversation } of owed) {
    if (!log.get(conversation)?.includes(text)) problems.push(`“${text}” is not there`)
  }
  for (const by of new Set(owed.map((words) => words.by).filter(ordered))) {
    for (const [conversation, texts] of log) {
      const own = owed.filter((words) => words.by === by && words.conversation === conversation)
      const pressed = own.map(({ text }) => text).filter((text) => texts.includes(text))
      const there = texts.filter((text) => pressed.includes(text))
      if (there.join() !== pressed.join()) {
        problems.push(`${by} said ${pressed.join(', ')}; the log has ${there.join(', ')}`)
      }
    }
  }
  return problems
}

function reaches({ line, relay }: Model): boolean {
  return line !== 'down' && relay === 'up'
}
