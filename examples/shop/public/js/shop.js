// On every page: the cart's count, the light's cord, and "ask us".

import { showCount } from './cart.js'

const root = document.documentElement
const night = globalThis.matchMedia('(prefers-color-scheme: dark)')
const isNight = () => (root.dataset.light ?? (night.matches ? 'night' : 'day')) === 'night'

const cord = document.querySelector('[data-lights]')
const showLight = () => cord.setAttribute('aria-pressed', String(isNight()))

cord.hidden = false
cord.addEventListener('click', () => {
  root.dataset.light = isNight() ? 'day' : 'night'
  try {
    sessionStorage.setItem('halfpast.light', root.dataset.light)
  } catch {
    // Then this light lasts as long as the page.
  }
  cord.classList.remove('pulled')
  requestAnimationFrame(() => cord.classList.add('pulled'))
  showLight()
  followLight()
})
night.addEventListener('change', showLight)
showLight()
showCount()

// The widget follows the system's light by itself; it is told only of a light chosen here.
const followLight = () => globalThis.homing?.('setTheme', { scheme: isNight() ? 'dark' : 'light' })
if (root.dataset.light) {
  if (globalThis.homing) followLight()
  else document.querySelector('script[src^="/widget/"]')?.addEventListener('load', followLight)
}

// Without the widget "ask us" stays what it is in the markup: a mail link.
for (const link of document.querySelectorAll('[data-ask]')) {
  link.addEventListener('click', (event) => {
    if (!globalThis.homing) return
    event.preventDefault()
    globalThis.homing('open')
  })
}
