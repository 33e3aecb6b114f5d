import { describe, expect, it, onTestFinished } from 'vitest'

import { until } from '../../packages/relay/test/delivery-parts.ts'
import {
  missingMailServers,
  startMailServers,
} from '../../packages/relay/test/real-mail-servers.ts'
import { freePort } from '../../packages/relay/test/real-request-tracker.ts'
import { describeEngines } from '../browsers/engines.ts'
import type { Open } from '../browsers/engines.ts'
import type { Agents } from './agents.ts'
import { connect, openStage } from './stage.ts'
import { HOST, STORED, widgetOn } from './widget.ts'

/** A mail on its way, and a page that starts. */
const PATIENCE_MS = 30_000
const TEST_TIMEOUT_MS = 120_000
/** 12 s: a closed tab is not taken for somebody on the page any more. */
const AFTER_MINUTES = '0.2'
const ADDRESS = 'anna@chat.test'

const missing = missingMailServers()
if (missing === undefined) {
  describeEngines('an answer that was missed', define, ['chromium'])
} else {
  if (process.env['CI']) throw new Error(missing)
  console.warn(`skipped: an answer that was missed: ${missing}`)
  describe.skip('an answer that was missed', () => it(missing, () => {}))
}

function define(open: Open): void {
  it(
    'C6 C8 C12: page, answer, exim, the link in the mail, and on in another browser, which keeps what it had',
    async () => {
      const servers = await startMailServers(await freePort())
      onTestFinished(() => servers.stop())
      const { relay, shop, agents } = await openStage(undefined, {
        HOMING_ALLOW_PRIVATE: '127.0.0.1',
      })
      await connect(relay, 'missed', {
        type: 'email-follow-up',
        role: 'reach',
        settings: {
          from: 'hello@chat.test',
          page: shop.origin,
          afterMinutes: AFTER_MINUTES,
          smtpHost: `127.0.0.1:${servers.smtpPort}`,
          smtpSecurity: 'none',
        },
      })
      const followUps = (): readonly string[] =>
        servers.mails().filter((mail) => mail.includes(`To: ${ADDRESS}`))

      const desktop = await open()
      const tab = (await desktop.open(`${shop.origin}/?lamp=2`)).within(PATIENCE_MS)
      const widget = widgetOn(tab)
      await widget.open()
      await widget.send('Is the ochre one in stock? 你好')
      await widget.bubble('Is the ochre one in stock? 你好', ...STORED)
      await tab.click(`${HOST} >>> [data-reach=email-follow-up]`)
      await tab.type(`${HOST} >>> [part=follow-up-address]`, ADDRESS)
      await tab.press('Enter')
      await tab.until(partIsThere, 'follow-up-saved')
      await tab.close()

      const conversation = await conversationWith(agents, 'Is the ochre one in stock? 你好')
      await agents.say(conversation, 'Yes, and it ships today.')
      const mail = await until('the mail', async () => followUps()[0], PATIENCE_MS)
      const link = linkIn(mail)
      expect(link).toMatch(new RegExp(`^${shop.origin}/\\?lamp=2#homing=`))

      // Somebody who has talked with the shop from there before.
      const phone = await open()
      const other = (await phone.open(`${shop.origin}/`)).within(PATIENCE_MS)
      const there = widgetOn(other)
      await there.open()
      await there.send('Do you gift-wrap?')
      await there.bubble('Do you gift-wrap?', ...STORED)
      await other.goto('about:blank')
      await other.goto(link)
      await there.bubble('Yes, and it ships today.')
      await there.bubble('Is the ochre one in stock? 你好')
      expect(await other.evaluate(() => location.href)).toBe(`${shop.origin}/?lamp=2`)
      await there.send('Then I take it.')
      await there.bubble('Then I take it.', ...STORED)
      expect(await words(agents, conversation)).toEqual([
        'Is the ochre one in stock? 你好',
        'Yes, and it ships today.',
        'Then I take it.',
      ])
      await agents.say(conversation, 'Wonderful.')
      await there.bubble('Wonderful.')
      await other.reload()
      await there.ensureOpen()
      await there.bubble('Wonderful.')
      // What it had is there, and is his alone.
      const own = await conversationWith(agents, 'Do you gift-wrap?')
      expect(await words(agents, own)).toEqual(['Do you gift-wrap?'])
      await other.click(`${HOST} >>> [part=back]`)
      await other.until(rowSays, 'Do you gift-wrap?')
      expect(followUps()).toHaveLength(1)
    },
    TEST_TIMEOUT_MS,
  )
}

const words = async (agents: Agents, conversation: string): Promise<readonly string[]> =>
  (await agents.log(conversation)).flatMap(({ body }) =>
    'text' in body ? [String(body.text)] : [],
  )

async function conversationWith(agents: Agents, first: string): Promise<string> {
  for (const { id } of await agents.conversations()) {
    if ((await words(agents, id))[0] === first) return id
  }
  throw new Error(`No conversation begins with "${first}".`)
}

/** The way back in a mail's text. */
function linkIn(mail: string): string {
  const text = mail
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return /https?:\S+#homing=[\w-]+/.exec(text)?.[0] ?? 'no link'
}

// What follows runs in the page, each function on its own.

function partIsThere(part: string): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector(`[part="${part}"]`) != null
}

function rowSays(text: string): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  const rows = Array.from(root?.querySelectorAll('[part~=row]') ?? [])
  return rows.some((row) => row.textContent?.includes(text))
}
