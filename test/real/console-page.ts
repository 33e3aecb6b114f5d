import type { Tab } from '../browsers/browser.ts'
import { OWNER_PASSWORD } from '../relay-process.ts'

/** Sign in as the owner and wait for the inbox to have a conversation. */
export async function signIn(tab: Tab): Promise<void> {
  await tab.type('#password', OWNER_PASSWORD)
  await tab.press('Enter')
  await tab.until(() => document.querySelector('[data-row]') !== null)
}

/** Open the conversation whose last line holds these words. */
export async function openRow(tab: Tab, words: string): Promise<void> {
  const id = await tab.until((text) => {
    const rows = Array.from(document.querySelectorAll<HTMLElement>('[data-row]'))
    return rows.find((row) => row.textContent?.includes(text))?.dataset['row']
  }, words)
  await tab.click(`[data-row="${id}"]`)
  await tab.until(() => document.querySelector('[data-reply]') !== null)
}
