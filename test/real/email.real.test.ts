import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { until } from '../../packages/relay/test/delivery-parts.ts'
import {
  missingMailServers,
  startMailServers,
} from '../../packages/relay/test/real-mail-servers.ts'
import type { RealMailServers } from '../../packages/relay/test/real-mail-servers.ts'
import {
  freePort,
  missingRequestTracker,
  startRequestTracker,
} from '../../packages/relay/test/real-request-tracker.ts'
import { describeEngines } from '../browsers/engines.ts'
import type { Open } from '../browsers/engines.ts'
import { startRelay } from '../relay-process.ts'
import { SITE } from './stage.ts'
import { STORED, widgetOn } from './widget.ts'

/** Quiet time, mails both ways, RT at its first mail, a look into the mailbox. */
const PATIENCE_MS = 40_000
const TEST_TIMEOUT_MS = 240_000
const QUIET_S = 1
const PRODUCT = '/shop/lamps/two/'

const missing = missingMailServers() ?? missingRequestTracker()
if (missing === undefined) {
  describeEngines('a shop whose desk is behind an address', define, ['chromium'])
} else {
  if (process.env['CI']) throw new Error(missing)
  console.warn(`skipped: a shop whose desk is behind an address: ${missing}`)
  describe.skip('a shop whose desk is behind an address', () => it(missing, () => {}))
}

function define(open: Open): void {
  it(
    'C6 C10 C11: page, exim, Request Tracker, agent, dovecot, page: twice in one ticket, each once',
    async () => {
      const trackerPort = await freePort()
      const servers = await startMailServers(trackerPort)
      onTestFinished(() => servers.stop())
      const rt = await startRequestTracker({ port: trackerPort, sendmail: servers.sendmail })
      onTestFinished(() => rt.stop())
      const relay = await startRelay({ env: await settingsOf(servers) })
      onTestFinished(() => relay.stop())
      const browser = await open()
      const tab = await browser.open(relay.origin + PRODUCT)
      const widget = widgetOn(tab.within(PATIENCE_MS))
      const inTicket = (count: number) =>
        until(
          `${count} mails in one ticket`,
          async () => {
            const [ticket, ...others] = await rt.tickets()
            if (!ticket || others.length > 0) return undefined
            const texts = await rt.texts(ticket.id)
            return texts.length >= count ? { ticket: ticket.id, texts } : undefined
          },
          PATIENCE_MS,
        )

      await widget.open()
      await widget.send('Is the ochre one in stock? 你好 👋')
      await widget.bubble('Is the ochre one in stock? 你好 👋', ...STORED)
      const { ticket, texts } = await inTicket(1)
      expect(texts[0]?.text).toContain('Is the ochre one in stock? 你好 👋')
      expect(texts[0]?.text).toContain(`Address: ${relay.origin}${PRODUCT}`)

      // RT's own first answer came before this one, and nobody sees it.
      await rt.correspond(ticket, 'Yes, and it ships today.')
      await widget.bubble('Yes, and it ships today.')

      await widget.send('And in moss?')
      expect((await inTicket(3)).texts.at(-1)?.text).toContain('And in moss?')
      await rt.correspond(ticket, 'Sold out until Monday.')
      await widget.bubble('Sold out until Monday.')

      // The last answer is delivered once more, and looked at.
      const copies = (): readonly string[] =>
        servers.mails().filter((mail) => mail.includes('Sold out until Monday.'))
      await servers.send(copies()[0] ?? '')
      await until('both copies', async () => copies().length === 2, PATIENCE_MS)
      const before = await looks(relay.origin)
      await until('two looks', async () => (await looks(relay.origin)) >= before + 2, PATIENCE_MS)
      await widget.send('Thank you.')
      await inTicket(5)
      const said = (await widget.bubbles()).map(({ text }) => text)
      expect(said).toEqual([
        'Is the ochre one in stock? 你好 👋',
        'Yes, and it ships today.',
        'And in moss?',
        'Sold out until Monday.',
        'Thank you.',
      ])
    },
    TEST_TIMEOUT_MS,
  )
}

/** Of the relay into the mailbox, that came to an end. */
async function looks(origin: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  return Number(/homing_polls_total\{[^}]*"ok"\} (\d+)/.exec(text)?.[1] ?? 0)
}

/** The connectors' file, as an operator would write one. */
async function settingsOf(servers: RealMailServers): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'homing-mail-desk-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'connectors.json')
  const settings = {
    desk: 'support@rt.test',
    address: 'chat@chat.test',
    secret: 'env:MAIL_SECRET',
    quietSeconds: String(QUIET_S),
    smtpHost: `127.0.0.1:${servers.smtpPort}`,
    smtpSecurity: 'none',
    imapHost: `127.0.0.1:${servers.imapPort}`,
    imapSecurity: 'none',
    imapUser: 'chat',
    imapPassword: 'env:MAIL_PASSWORD',
  }
  await writeFile(file, JSON.stringify([{ id: 'mail', site: SITE, type: 'email', settings }]))
  return {
    HOMING_CONNECTORS: file,
    HOMING_ALLOW_PRIVATE: '127.0.0.1',
    MAIL_SECRET: 'a secret of the real test suite',
    MAIL_PASSWORD: 'imap-pass',
  }
}
