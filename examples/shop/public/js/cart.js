// The cart: lines of { lamp, colour, quantity }, kept for this tab. Nothing is written before the
// first lamp is put in.

import { catalogue } from './catalogue.js'

const CART = 'halfpast.cart'
const ORDER = 'halfpast.order'
const MOST_OF_ONE = 9

let lines = read(CART)?.filter((line) => catalogue[line.lamp]) ?? []

export const cart = {
  lines: () => lines,
  count: () => lines.reduce((sum, line) => sum + line.quantity, 0),

  add(lamp, colour, quantity) {
    const there = lines.find((line) => line.lamp === lamp && line.colour === colour)
    if (there) cart.setQuantity(there, there.quantity + quantity)
    else save([...lines, { lamp, colour, quantity }])
  },

  /** Zero takes the line out. */
  setQuantity(line, quantity) {
    const kept = Math.min(quantity, MOST_OF_ONE)
    save(
      lines.flatMap((each) => (each !== line ? each : kept > 0 ? { ...each, quantity: kept } : [])),
    )
  },

  empty: () => save([]),
}

export const order = {
  read: () => read(ORDER),
  save: (value) => write(ORDER, value),
}

export function showCount() {
  for (const badge of document.querySelectorAll('[data-cart-count]')) {
    badge.textContent = String(cart.count())
    badge.hidden = cart.count() === 0
  }
}

function save(next) {
  lines = next
  write(CART, lines)
  showCount()
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key))
  } catch {
    return null
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Without storage the cart lasts as long as the page.
  }
}
