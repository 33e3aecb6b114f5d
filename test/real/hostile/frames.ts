import { expect, it } from 'vitest'

import { answerAsFrame, recordProblems, takeProblems } from '../../browsers/in-page.ts'
import type { HostedPage } from '../../static-host.ts'
import { SITE } from '../stage.ts'
import { HOST, INPUT, widgetOn } from '../widget.ts'
import { converse } from './converse.ts'
import type { SharedStage } from './shared-stage.ts'

const framedPage = (script: string): HostedPage => ({
  head: `<script>(${String(recordProblems)})(); (${String(answerAsFrame)})()</script>
    <script async src="${script}"></script>`,
  body: '<h1>A shop in a frame</h1>',
})

const around = (frame: string): HostedPage => ({
  head: '<style>iframe { width: 700px; height: 700px }</style>',
  body: `<h1>A portal</h1>${frame}`,
})

/** The widget in an iframe. */
export function frames(stage: SharedStage): void {
  it('C1 C2 C6 C8: of another site, whose storage is its own there', async () => {
    const host = await stage.host({ '/shop': framedPage(stage.script) })
    // By its number it is another site than by its name.
    const inner = host.origin.replace('localhost', '127.0.0.1')
    await stage.agents.allowOrigin(SITE, inner)
    host.put('/', around(`<iframe src="${inner}/shop"></iframe>`))
    const { tab, problems } = await stage.open(host.origin)
    const frame = tab.frame('iframe')
    await frame.until((host) => document.querySelector(host) !== null, HOST)
    await converse({
      tab: frame,
      agents: stage.agents,
      topic: 'From a frame',
      reload: () => tab.reload(),
      during: async () => {
        // What it keeps is kept apart from the same page in a tab of its own.
        const alone = await stage.open(`${inner}/shop`)
        await widgetOn(alone.tab).open()
        expect(await widgetOn(alone.tab).bubbles()).toEqual([])
        await tab.front()
      },
    })
    expect(await frame.evaluate(takeProblems)).toEqual([])
    expect(await problems()).toEqual([])
  })

  it('C8: sandboxed without an origin: words stay on screen, and the reason is one line for the developer', async () => {
    const host = await stage.host({ '/shop': framedPage(stage.script) })
    host.put('/', around('<iframe sandbox="allow-scripts" src="/shop"></iframe>'))
    const { tab } = await stage.open(host.origin)
    const frame = tab.frame('iframe')
    const widget = widgetOn(frame)
    await widget.open()
    await widget.send('From a box')
    await widget.bubble('From a box', 'pending')
    await frame.type(INPUT, 'and more')
    await widget.close()
    await widget.open()
    await widget.bubble('From a box', 'pending')
    // The relay takes a stranger only from an origin that is on the site's list; this page has none.
    await frame.until(() => {
      const { __problems: problems } = window as unknown as { __problems: { text: string }[] }
      return problems.some(({ text }) => text.includes('origin_not_allowed'))
    })
    const found = await frame.evaluate(takeProblems)
    expect(found.filter(({ kind }) => kind !== 'console')).toEqual([])
    // Once per attempt: at the start, and whenever somebody looks.
    expect(new Set(found.map(({ text }) => text)).size).toBe(1)
  })
}
