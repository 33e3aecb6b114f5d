import type { Tab } from '../browsers/browser.ts'

/** Wait until nothing moves or fades any more, on the page or in the widget. */
export async function settled(tab: Tab): Promise<void> {
  await tab.until(() => {
    const roots = [document, document.querySelector('homing-widget')?.shadowRoot]
    const animations = roots.flatMap((root) => root?.getAnimations() ?? [])
    return animations.every((animation) => {
      const { iterations } = animation.effect?.getComputedTiming() ?? {}
      return animation.playState !== 'running' || iterations === Infinity
    })
  })
}
