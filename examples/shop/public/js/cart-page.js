import { cart } from './cart.js'
import { FREE_SHIPPING_FROM, catalogue, euro, shippingFor, subtotalOf } from './catalogue.js'
import { item, items, tell } from './data-layer.js'
import { element, lampPicture, sums } from './draw.js'

const full = document.querySelector('[data-full]')
const empty = document.querySelector('[data-empty]')
const list = document.querySelector('[data-lines]')

function show() {
  const lines = cart.lines()
  full.hidden = lines.length === 0
  empty.hidden = lines.length > 0
  list.replaceChildren(...lines.map(cartLine))

  const subtotal = subtotalOf(lines)
  const shipping = shippingFor(subtotal)
  document.querySelector('[data-sums]').replaceChildren(
    ...sums([
      ['Lamps', euro(subtotal)],
      ['Shipping', shipping ? euro(shipping) : 'Free'],
      ['Total', euro(subtotal + shipping)],
    ]),
  )
  document.querySelector('[data-nudge]').textContent = shipping
    ? `${euro(FREE_SHIPPING_FROM - subtotal)} more and shipping is free.`
    : 'VAT included. Shipping is on us.'
}

function cartLine(line) {
  const { lamp, colour, quantity } = line
  const { name, price } = catalogue[lamp]
  const link = element('a', '', name)
  link.href = `/shop/lamps/${lamp}/`
  const words = element('p', 'words', element('b', '', link), element('span', 'quiet', colour))

  const fewer = stepButton(quantity === 1 ? `Remove ${name}` : `One ${name} less`, '−', () =>
    change(line, -1),
  )
  const more = stepButton(`One ${name} more`, '+', () => change(line, 1))
  const amount = element('output', '', String(quantity))
  amount.setAttribute('aria-label', `${quantity} × ${name}, ${colour}`)
  const stepper = element('div', 'stepper', fewer, amount, more)

  return element(
    'li',
    'line',
    lampPicture(lamp, colour),
    words,
    stepper,
    element('span', 'price', euro(price * quantity)),
  )
}

function stepButton(label, sign, act) {
  const button = element('button', '', sign)
  button.type = 'button'
  button.setAttribute('aria-label', label)
  button.addEventListener('click', act)
  return button
}

function change(line, by) {
  const before = cart.count()
  const place = cart.lines().indexOf(line)
  cart.setQuantity(line, line.quantity + by)
  if (cart.count() !== before) {
    tell(by > 0 ? 'add_to_cart' : 'remove_from_cart', [item(line.lamp, line.colour)])
  }
  show()
  // The buttons were drawn anew: the keyboard stays on the one that was pressed.
  const row = list.children[place]
  if (row) row.querySelectorAll('button')[by > 0 ? 1 : 0].focus()
  else document.querySelector('h1').focus()
}

show()
if (cart.lines().length > 0) tell('view_cart', items(cart.lines()))
