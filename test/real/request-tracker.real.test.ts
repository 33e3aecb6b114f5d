import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { isStatus, isText } from '../../packages/core/src/index.ts'
import type { Entry } from '../../packages/core/src/index.ts'
import { missingRequestTracker } from '../../packages/relay/test/real-request-tracker.ts'
import type { Transaction } from '../../packages/relay/test/real-request-tracker.ts'
import type { Tab } from '../browsers/browser.ts'
import { describeEngines } from '../browsers/engines.ts'
import type { Open } from '../browsers/engines.ts'
import { openDesk } from './desk.ts'
import { INPUT, STORED, widgetOn } from './widget.ts'

/** What the project promises between a desk and a page. */
const PROMPT_MS = 5_000
/** What is said to a relay or a desk that comes back: its quick tries are at most 5 s apart. */
const CATCH_UP_MS = 20_000
/** HOMING_TEST_OUTAGE_MS=10000 is enough for a look; the whole minute is for CI. */
const OUTAGE_MS = process.env['CI']
  ? 60_000
  : Number(process.env['HOMING_TEST_OUTAGE_MS'] ?? 60_000)
const LOOK_MS = 200
const TEST_TIMEOUT_MS = 240_000

const PRODUCT = '/shop/lamps/two/'

const missing = missingRequestTracker()
if (missing === undefined) {
  describeEngines('a shop with Request Tracker as its desk', define, ['chromium'])
} else {
  if (process.env['CI']) throw new Error(missing)
  console.warn(`skipped: a shop with Request Tracker as its desk: ${missing}`)
  describe.skip('a shop with Request Tracker as its desk', () => it(missing, () => {}))
}

function define(open: Open): void {
  it(
    'C1 C2 C6 C7 C10 C11: words and answers, a minute without RT, a relay killed: each once and in order',
    async () => {
      const { rt, relay, agents, figure } = await openDesk()
      const browser = await open()
      const one = await browser.open(relay.origin + PRODUCT)
      const page = await one.evaluate(() => ({ title: document.title, url: location.href }))
      /** What every tab has to show by now, in order. */
      const said: string[] = []
      /** The clock runs from Enter. */
      const write = async (tab: Tab, text: string): Promise<Timer> => {
        said.push(text)
        await tab.type(INPUT, text)
        const since = timer()
        await tab.press('Enter')
        return since
      }
      const tickets = async () =>
        (await rt.tickets()).filter(({ Subject }) => Subject.includes('(ref '))
      const words = async (ticket: string): Promise<string[]> => wordsOf(await rt.texts(ticket))

      // A visitor's first words become a ticket that knows the page.
      await widgetOn(one).open()
      const first = await write(one, 'Is the ochre one in stock? 你好 👋')
      const ticket = await eventually('a ticket', CATCH_UP_MS, async () => (await tickets())[0]?.id)
      const [opening] = await eventually('its text', CATCH_UP_MS, async () => {
        const texts = await rt.texts(ticket)
        return texts.length > 0 ? texts : undefined
      })
      first.within(PROMPT_MS, 'first words in the browser to a ticket')
      expect(opening?.text).toContain(`Page: ${page.title}\n${page.url}`)
      expect(opening?.creator).toMatch(/^visitor-.*@visitors\.test$/)

      // An agent's correspondence appears in every tab, and is there after a reload.
      const two = await browser.open(relay.origin + PRODUCT)
      await widgetOn(two).ensureOpen()
      const answer = timer()
      said.push('Yes, and it ships today.')
      await rt.correspond(ticket, 'Yes, and it ships today.')
      await Promise.all([one, two].map((tab) => heard(tab, 'Yes, and it ships today.')))
      answer.within(PROMPT_MS, "agent's answer to both tabs")
      await one.front()
      await one.reload()
      await widgetOn(one).ensureOpen()
      await heard(one, 'Yes, and it ships today.')

      // The visitor goes on, from the other tab: in the same ticket.
      const more = await write(two, 'And in moss?')
      await eventually('the follow-up', CATCH_UP_MS, async () => (await words(ticket)).length === 3)
      more.within(PROMPT_MS, 'follow-up in the browser to the ticket')
      expect(await tickets()).toHaveLength(1)

      // Resolved there is resolved here, and new words open both again.
      const resolved = timer()
      await rt.setStatus(ticket, 'resolved')
      await Promise.all([one, two].map((tab) => tab.until(showsResolved, true)))
      resolved.within(PROMPT_MS, 'resolved in RT to both tabs')
      const reopened = await write(one, 'One more thing: is there a longer cable?')
      await Promise.all([one, two].map((tab) => tab.until(showsResolved, false)))
      await eventually('an open ticket', CATCH_UP_MS, async () => {
        const [{ Status } = { Status: '' }] = await tickets()
        return Status === 'open' && (await words(ticket)).length === 4
      })
      reopened.within(PROMPT_MS, 'words that open it again to the ticket')

      // RT is away, and the visitor writes.
      await rt.down()
      const outage = timer()
      await write(one, 'Are you there?')
      await widgetOn(one).bubble('Are you there?', ...STORED)
      await wait(Math.max(0, OUTAGE_MS / 2 - outage.ms()))
      await write(two, 'I can wait.')
      await widgetOn(two).bubble('I can wait.', ...STORED)
      await wait(Math.max(0, OUTAGE_MS - outage.ms()))
      await rt.up()
      outage.say('RT was away')
      const back = timer()
      await eventually('both words', CATCH_UP_MS, async () => (await words(ticket)).length >= 6)
      back.say('RT back to both words there')
      expect(await words(ticket)).toEqual(said)
      for (const tab of [one, two]) {
        expect((await widgetOn(tab).bubbles()).map(({ text }) => text)).toEqual(said)
      }

      // The relay dies between the visitor's send and RT's answer; an agent answers meanwhile.
      rt.freeze()
      await write(one, 'Please hold one for me.')
      await widgetOn(one).bubble('Please hold one for me.', ...STORED)
      await eventually('a send under way', PROMPT_MS, async () => {
        return (await figure('homing_deliveries{state="claimed"}')) === 1
      })
      expect(await browser.problems()).toEqual([])
      await relay.kill9()
      rt.thaw()
      await eventually(
        'RT has the words',
        CATCH_UP_MS,
        async () => (await words(ticket)).length === 7,
      )
      said.push('It has your name on it.')
      await rt.correspond(ticket, 'It has your name on it.')
      const restart = timer()
      await relay.restart()
      await Promise.all([one, two].map((tab) => heard(tab, 'It has your name on it.', CATCH_UP_MS)))
      restart.say('relay started again to the answer in both tabs, without a click')
      await eventually('all is delivered', CATCH_UP_MS, async () => {
        const open = ['due', 'claimed', 'unknown', 'parked']
        const figures = open.map((state) => figure(`homing_deliveries{state="${state}"}`))
        return (await Promise.all(figures)).every((count) => count === 0)
      })
      restart.say('relay started again to nothing owed')

      // Whatever would come twice has come by now.
      const POLLS = 'homing_polls_total{connector="rt",result="ok"}'
      const polls = await figure(POLLS)
      await eventually(
        'two more polls',
        CATCH_UP_MS,
        async () => (await figure(POLLS)) >= polls + 2,
      )
      const conversations = await agents.conversations()
      expect(conversations).toHaveLength(1)
      const log = await agents.log(conversations[0]?.id ?? '')
      const told = log.map(lineOfEntry)
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
      expect(told).toEqual(linesOf(await rt.transactions(ticket)))
      expect(told.filter((line) => line.includes(': '))).toHaveLength(said.length)
      expect(await tickets()).toHaveLength(1)
      for (const tab of [one, two]) {
        expect((await widgetOn(tab).bubbles()).map(({ text }) => text)).toEqual(said)
      }
      expect(await words(ticket)).toEqual(said)
      // The browser itself says on the console that nobody listened for a while.
      const problems = (await browser.problems()).filter(({ kind }) => kind !== 'console')
      expect(problems).toEqual([])
      console.info(`the log and the ticket, ${told.length} lines each:\n  ${told.join('\n  ')}`)
    },
    TEST_TIMEOUT_MS,
  )
}

async function heard(tab: Tab, text: string, ms = PROMPT_MS): Promise<void> {
  await widgetOn(tab.within(ms)).bubble(text)
}

/** Runs in the page. */
function showsResolved(wanted: boolean): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return (root?.querySelector('[part=resolved]') !== null) === wanted
}

function lineOfEntry({ author, body }: Entry): string {
  if (isStatus(body)) return body.status
  return `${author.role}: ${isText(body) ? body.text : body.type}`
}

/** A ticket's story in the log's words. New words open a conversation, so the log has no line for that. */
function linesOf(transactions: readonly Transaction[]): string[] {
  return transactions.flatMap((transaction) => {
    const { type, creator, value } = transaction
    if (type === 'Status') return value === 'open' ? [] : [value]
    if (type !== 'Create' && type !== 'Correspond') return []
    const role = creator.endsWith('@visitors.test') ? 'visitor' : 'agent'
    return [`${role}: ${bare(transaction)}`]
  })
}

function wordsOf(transactions: readonly Transaction[]): string[] {
  return transactions.map(bare)
}

/** Without the lines about the page below the first words. */
function bare({ text }: Pick<Transaction, 'text'>): string {
  return (text.split('\n\n----\n')[0] ?? '').trimEnd()
}

interface Timer {
  ms(): number
  say(what: string): void
  /** Say it, and hold it to a promise. */
  within(ms: number, what: string): void
}

function timer(): Timer {
  const start = performance.now()
  const ms = (): number => performance.now() - start
  const say = (what: string): number => {
    const took = ms()
    console.info(`${what}: ${(took / 1000).toFixed(2)} s`)
    return took
  }
  return {
    ms,
    say,
    within: (limit, what) => expect(say(what), what).toBeLessThan(limit),
  }
}

/** Ask a far side again until it is so; not so often that asking keeps it from its work. */
async function eventually<Found>(
  what: string,
  ms: number,
  look: () => Promise<Found | undefined | false>,
): Promise<Found> {
  const end = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what}`)
    await wait(LOOK_MS)
  }
}
