import { cart, order } from './cart.js'
import { euro, shippingFor, subtotalOf } from './catalogue.js'
import { items, tell } from './data-layer.js'
import { orderLine, sums } from './draw.js'

const SOMEBODY = {
  email: 'mara@example.com',
  name: 'Mara Lindqvist',
  street: 'Lantern Street 7',
  postcode: '1050',
  city: 'Copenhagen',
}

const form = document.querySelector('[data-checkout]')
const lines = cart.lines()
const subtotal = subtotalOf(lines)
const shipping = shippingFor(subtotal)

document.querySelector('[data-full]').hidden = lines.length === 0
document.querySelector('[data-empty]').hidden = lines.length > 0
document.querySelector('[data-lines]').replaceChildren(...lines.map(orderLine))
document.querySelector('[data-sums]').replaceChildren(
  ...sums([
    ['Lamps', euro(subtotal)],
    ['Shipping', shipping ? euro(shipping) : 'Free'],
    ['Total', euro(subtotal + shipping)],
  ]),
)
if (lines.length > 0) tell('begin_checkout', items(lines))

document.querySelector('[data-fill]').addEventListener('click', () => {
  for (const [name, value] of Object.entries(SOMEBODY)) form.elements[name].value = value
})

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const [number] = crypto.getRandomValues(new Uint32Array(1))
  order.save({
    id: `HP-${String(number % 1_000_000).padStart(6, '0')}`,
    lines,
    shipping,
    told: false,
  })
  cart.empty()
  location.assign('/shop/thank-you/')
})
