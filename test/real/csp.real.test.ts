import { expect, it } from 'vitest'

import { describeEngines } from '../browsers/engines.ts'
import { recordProblems } from '../browsers/in-page.ts'
import type { HostedPage } from '../static-host.ts'
import { BUTTON, connect, openStage } from './stage.ts'
import { HOST, STORED, widgetOn } from './widget.ts'

/** The strictest policy a shop can have and still let the widget's one tag in. */
function strictPage(script: string, relay: string): HostedPage {
  const policy = [
    "default-src 'none'",
    "script-src 'nonce-shop' 'strict-dynamic'",
    "style-src 'self'",
    `connect-src ${relay} ${relay.replace('http', 'ws')}`,
    `img-src ${relay}`,
    "require-trusted-types-for 'script'",
  ]
  return {
    headers: {
      'content-security-policy': policy.join('; '),
      'cross-origin-embedder-policy': 'require-corp',
    },
    // Not every engine lets a driver listen before the page's first script; the page itself can.
    head: `<script nonce="shop">(${String(recordProblems)})()</script>
      <script nonce="shop" async src="${script}" crossorigin></script>`,
    body: '<h1>A careful shop</h1>',
  }
}

describeEngines('a strict page of another origin', (open) => {
  it('has a whole conversation without one violation', async () => {
    const { shop, network, agents, relay } = await openStage((script, address) => ({
      '/': strictPage(script, address),
    }))
    await connect(relay, 'button', BUTTON)
    const browser = await open()
    const tab = await browser.open(shop.origin)
    const widget = widgetOn(tab)

    await widget.open()
    await widget.send('Look at https://example.com/lamp?x=<b>1</b>')
    await widget.bubble('Look at https://example.com/lamp?x=<b>1</b>', ...STORED)
    const [conversation] = await agents.conversations()
    await agents.say(conversation!.id, '<img src=x onerror=alert(1)> is only text here')
    await widget.bubble('<img src=x onerror=alert(1)> is only text here')

    await tab.click(`${HOST} >>> [part=reach]`)
    await tab.click(`${HOST} >>> [part=sheet-back]`)

    // The link dies and comes back, by whichever transport.
    network.cut()
    await agents.say(conversation!.id, 'Still there?')
    await widget.bubble('Still there?')

    await tab.reload()
    await widget.ensureOpen()
    await widget.bubble('Still there?')
    await agents.setStatus(conversation!.id, 'resolved')
    await tab.until(
      (host) => document.querySelector(host)?.shadowRoot?.querySelector('[part=resolved]') != null,
      HOST,
    )
    await tab.click(`${HOST} >>> [part=back]`)
    await tab.click(`${HOST} >>> [part=new-conversation]`)
    await widget.send('A second conversation')
    await widget.bubble('A second conversation', ...STORED)
    await widget.close()
    expect(await browser.problems()).toEqual([])

    // The ears are open: what the policy forbids would have been heard.
    await tab.evaluate(() => {
      document.body.setAttribute('style', 'color: red')
      try {
        document.body.innerHTML = '<b>x</b>'
      } catch {
        // Trusted Types throw as well.
      }
    })
    await tab.until(() => (window as unknown as { __problems: unknown[] }).__problems.length >= 2)
    const kinds = (await browser.problems()).map(
      ({ kind, text }) => `${kind} ${text.split(' ')[0]}`,
    )
    expect(kinds).toContain('policy style-src-attr')
    expect(kinds).toContain('policy require-trusted-types-for')
  })
})
