import jsQR from 'jsqr'

import type { Tab } from '../../browsers/browser.ts'
import { settled } from '../settled.ts'
import { HOST } from '../widget.ts'

/** The sheet of going on in a messenger, as somebody with a phone in hand sees it. */
export interface HandOverPage {
  /** Press the entry below the composer, and wait for the link. */
  open(): Promise<void>
  title(): Promise<string | null>
  /** What a phone's camera reads off the screen. */
  scan(): Promise<string>
  link(): Promise<string>
  code(): Promise<string | null>
  closed(): Promise<void>
}

const SHEET = `${HOST} >>> [part=hand-over]`

export function handOverOn(tab: Tab): HandOverPage {
  return {
    async open() {
      await tab.click(`${HOST} >>> [part=reach]`)
      await tab.until(partIsThere, 'hand-over-link')
    },
    title: () => tab.text(`${SHEET} h3`),
    async scan() {
      await settled(tab)
      const png = Buffer.from(await tab.screenshot()).toString('base64')
      const { width, height, pixels } = await tab.evaluate(readScreen, png)
      const found = jsQR.default(
        new Uint8ClampedArray(Buffer.from(pixels, 'base64')),
        width,
        height,
      )
      if (!found) throw new Error('No reader finds a code on the screen.')
      return found.data
    },
    link: () => tab.until(readLink),
    code: () => tab.text(`${SHEET} [part=hand-over-code]`),
    closed: async () => {
      await tab.until(() => {
        const root = document.querySelector('homing-widget')?.shadowRoot
        return root?.querySelector('[part=hand-over]') === null
      })
    },
  }
}

/** The lines in the middle of the thread. */
export function noticesOn(tab: Tab): Promise<readonly string[]> {
  return tab.evaluate(() => {
    const root = document.querySelector('homing-widget')?.shadowRoot
    return Array.from(root?.querySelectorAll('[part=notice]') ?? [], (each) => each.textContent)
  })
}

export function noticeIsThere(text: string): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  const notices = [...(root?.querySelectorAll('[part=notice]') ?? [])]
  return notices.some((each) => each.textContent === text)
}

export function partIsThere(part: string): boolean {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector(`[part="${part}"]`) != null
}

function readLink(): string | undefined {
  const root = document.querySelector('homing-widget')?.shadowRoot
  return root?.querySelector<HTMLAnchorElement>('[part=hand-over-link]')?.href
}

/** The picture's pixels where the code is, in RGBA. */
async function readScreen(png: string): Promise<{ width: number; height: number; pixels: string }> {
  const picture = new Image()
  picture.src = `data:image/png;base64,${png}`
  await picture.decode()
  const root = document.querySelector('homing-widget')?.shadowRoot
  const box = root?.querySelector('[part=qr]')?.getBoundingClientRect() ?? new DOMRect()
  const scale = picture.naturalWidth / innerWidth
  const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)]
  const context = new OffscreenCanvas(width, height).getContext('2d')!
  context.drawImage(picture, -box.left * scale, -box.top * scale)
  let binary = ''
  for (const byte of context.getImageData(0, 0, width, height).data) {
    binary += String.fromCharCode(byte)
  }
  return { width, height, pixels: btoa(binary) }
}
