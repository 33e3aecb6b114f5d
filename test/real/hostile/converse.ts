import { expect } from 'vitest'

import type { Tab } from '../../browsers/browser.ts'
import type { Agents } from '../agents.ts'
import { INPUT, STORED, widgetOn } from '../widget.ts'
import { HALF } from './hostility.ts'

export interface Meeting {
  readonly tab: Tab
  readonly agents: Agents
  /** Tells this conversation from the others of the same relay. */
  readonly topic: string
  /** With HALF in the composer. */
  readonly during?: ((tab: Tab) => Promise<void>) | undefined
  /** False where a reload makes a new visitor of the reader. */
  readonly keeps?: boolean | undefined
  reload(): Promise<void>
}

/**
 * The conversation that has to pass everywhere: open, send, be answered, go on after whatever the
 * page does in the middle, reload and find everything, close. C1, C2, C4, C6 and C8 in one go.
 */
export async function converse(meeting: Meeting): Promise<void> {
  const { tab, agents, topic, during, keeps = true, reload } = meeting
  const widget = widgetOn(tab)
  const [first, answer, second, later] = [
    `${topic}?`,
    `${topic}: yes`,
    HALF,
    `${topic}: still there?`,
  ] as const

  await widget.ensureOpen()
  await widget.send(first)
  expect((await widget.bubble(first, ...STORED)).seq).toBe(1)
  const conversation = await conversationWith(agents, first)
  await agents.say(conversation, answer)
  expect((await widget.bubble(answer)).seq).toBe(2)

  await tab.type(INPUT, HALF)
  await during?.(tab)
  await widget.ensureOpen()
  // Where it was before the page acted, and as it was.
  await tab.until((half) => {
    const root = document.querySelector('homing-widget')?.shadowRoot
    return root?.querySelector<HTMLTextAreaElement>('[part=input]')?.value === half
  }, HALF)
  await tab.click(INPUT)
  await tab.press('Enter')
  expect((await widget.bubble(second, ...STORED)).seq).toBe(3)

  await reload()
  await widget.ensureOpen()
  if (keeps) {
    await widget.bubble(second, ...STORED)
    await agents.say(conversation, later)
    expect((await widget.bubble(later)).seq).toBe(4)
    expect((await widget.bubbles()).map(({ text }) => text)).toEqual([first, answer, second, later])
    expect(textsOf(await agents.log(conversation))).toEqual([first, answer, second, later])
  } else {
    // Nobody the relay knows: a fresh start that works, and what was said is still in the log.
    expect(await widget.bubbles()).toEqual([])
    await widget.send(later)
    expect((await widget.bubble(later, ...STORED)).seq).toBe(1)
    expect(textsOf(await agents.log(conversation))).toEqual([first, answer, second])
  }
  await widget.close()
}

/** The conversation that begins with this text. */
export async function conversationWith(agents: Agents, text: string): Promise<string> {
  for (const { id } of await agents.conversations()) {
    if (textsOf(await agents.log(id))[0] === text) return id
  }
  throw new Error(`No conversation begins with ${JSON.stringify(text)}`)
}

export function textsOf(log: readonly { readonly body: object }[]): string[] {
  return log.flatMap(({ body }) => ('text' in body ? [String(body.text)] : []))
}
