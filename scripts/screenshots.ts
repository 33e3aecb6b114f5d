import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, Engine, Tab } from '../test/browsers/browser.ts'
import { findEngines } from '../test/browsers/find.ts'
import { createAgents } from '../test/real/agents.ts'
import type { Agents } from '../test/real/agents.ts'
import { openRow, signIn } from '../test/real/console-page.ts'
import { openFarSides } from '../test/real/far-sides.ts'
import { settled } from '../test/real/settled.ts'
import { STORED, widgetOn } from '../test/real/widget.ts'
import { startRelay } from '../test/relay-process.ts'
import { packPng } from './pack-png.ts'

// The pictures of the documentation, taken from the running system: `node scripts/screenshots.ts`
// after `pnpm build`. Everything on them was said by a browser or an agent just before.
// `node scripts/screenshots.ts connect` writes only those whose names begin so.

const OUT = join(import.meta.dirname, '../docs/images')
/** Heavier ones make the pages slow that show them, bytes. */
const MAX_BYTES = 250_000

const WIDE = { width: 1280, height: 720 }
const NARROW = { width: 390, height: 844 }
const LOOKS = (['light', 'dark'] as const).flatMap((scheme) =>
  [WIDE, NARROW].map((size) => ({ scheme, size })),
)

type Line = readonly ['visitor' | 'agent', string]

const OTHERS: readonly { readonly page: string; readonly lines: readonly Line[] }[] = [
  {
    page: 'lamps/nine/',
    lines: [
      ['visitor', 'Does the Nine come with a longer cord?'],
      ['agent', 'It does: two metres, or four if you tell us.'],
    ],
  },
  {
    page: 'cart/',
    lines: [
      ['visitor', 'Can I still change the address after I have ordered?'],
      ['agent', 'Yes, until it leaves the workshop. Write to us here.'],
      ['visitor', 'Perfect, thank you!'],
    ],
  },
  {
    page: 'lamps/eleven/',
    lines: [['visitor', 'My Eleven hums when it is dimmed. Can you help?']],
  },
]

const SHOWN: readonly Line[] = [
  ['visitor', 'Hello! Is the Seven bright enough for a table for six?'],
  ['agent', 'Good evening! Hang it 70 cm above the table and it lights all six plates.'],
  ['visitor', 'Lovely. And if the shade gets a dent one day?'],
  ['agent', 'Then we beat it out, or make you a new one. We keep every form for good.'],
]
const LAST = SHOWN.at(-1)![1]
/** Screens of the console about far sides, and what is there once they are. */
const CONNECTORS = [
  { name: 'connectors', hash: '#/connectors', sign: '.connector-line' },
  { name: 'connect', hash: '#/connect', sign: '.gallery-card' },
]
const wanted = process.argv[2] ?? ''

const found = findEngines()[0]!
if (found.state === 'missing') throw new Error(found.reason)
await takeAll(found.engine)

async function takeAll(engine: Engine): Promise<void> {
  const far = await openFarSides()
  const relay = await startRelay({ env: far.env })
  const folder = await mkdtemp(join(tmpdir(), 'homing-pictures-'))
  const origin = `http://localhost:${relay.port}`
  const agents = createAgents(relay)
  const open = new Set<Browser>()
  const launch: Engine['launch'] = async (options) => {
    const browser = await engine.launch(options)
    open.add(browser)
    return browser
  }
  try {
    await mkdir(OUT, { recursive: true })
    for (const { page, lines } of OTHERS) {
      const tab = await (await launch()).open(`${origin}/shop/${page}`)
      await converse(tab, agents, lines)
    }
    const desk = await launch({ profile: join(folder, 'agent') })
    const first = await desk.open(`${origin}/console`)
    await signIn(first)

    const visitor = join(folder, 'visitor')
    const product = `${origin}/shop/lamps/seven/`
    const begun = await launch({ profile: visitor })
    await converse(await begun.open(product), agents, SHOWN)
    await begun.close()
    for (const look of LOOKS) {
      const browser = await launch({ profile: visitor, ...look })
      const tab = await browser.open(product)
      await widgetOn(tab).ensureOpen()
      await widgetOn(tab).bubble(LAST)
      await take(tab, `widget-${look.size.width}-${look.scheme}`)
      await browser.close()
    }
    await desk.close()

    for (const look of LOOKS) {
      const browser = await launch({ profile: join(folder, 'agent'), ...look })
      const tab = await browser.open(`${origin}/console`)
      // The narrow one shows the list, the wide one also a conversation.
      await tab.until(() => document.querySelector('[data-row]') !== null)
      if (look.size === WIDE) await openRow(tab, LAST)
      await take(tab, `console-${look.size.width}-${look.scheme}`)
      await browser.close()
    }

    // One after the other: they are listed in the order in which they were set up.
    await far.setUpChatwoot(relay)
    await far.setUpWhatsApp(relay)
    await far.setUpSlack(relay)
    const cart = await (await launch()).open(`${origin}/shop/cart/`)
    await converse(cart, agents, [['visitor', 'Do you wrap it as a present?']])
    await far.untilHeld(relay)
    for (const look of LOOKS) {
      const browser = await launch({ profile: join(folder, 'agent'), ...look })
      for (const { name, hash, sign } of CONNECTORS) {
        const tab = await browser.open(`${origin}/console${hash}`)
        await tab.until((selector) => document.querySelector(selector) !== null, sign)
        await take(tab, `${name}-${look.size.width}-${look.scheme}`)
      }
      await browser.close()
    }
  } finally {
    for (const browser of open) await browser.close()
    await relay.stop()
    far.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function converse(tab: Tab, agents: Agents, lines: readonly Line[]): Promise<void> {
  const widget = widgetOn(tab)
  await widget.open()
  let conversation: string | undefined
  for (const [who, text] of lines) {
    if (who === 'visitor') {
      await widget.send(text)
      await widget.bubble(text, ...STORED)
      // Newest activity first: it is the one that was just written in.
      conversation ??= (await agents.conversations())[0]?.id
    } else if (conversation) {
      await agents.say(conversation, text)
      await widget.bubble(text)
    }
  }
}

async function take(tab: Tab, name: string): Promise<void> {
  if (!name.startsWith(wanted)) return
  await settled(tab)
  const png = packPng(await tab.screenshot())
  if (png.byteLength > MAX_BYTES) throw new Error(`${name} has ${png.byteLength} bytes`)
  await writeFile(join(OUT, `${name}.png`), png)
  console.log(`${name}.png ${Math.round(png.byteLength / 1024)} kB`)
}
