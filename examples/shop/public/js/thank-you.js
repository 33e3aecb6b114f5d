import { order } from './cart.js'
import { euro, subtotalOf } from './catalogue.js'
import { items, tell } from './data-layer.js'
import { orderLine, sums } from './draw.js'

const placed = order.read()
document.querySelector('[data-full]').hidden = !placed
document.querySelector('[data-empty]').hidden = Boolean(placed)

if (placed) {
  const { id, lines, shipping, told } = placed
  document.querySelector('[data-order]').textContent = id
  document.querySelector('[data-lines]').replaceChildren(...lines.map(orderLine))
  document.querySelector('[data-sums]').replaceChildren(
    ...sums([
      ['Shipping', shipping ? euro(shipping) : 'Free'],
      ['Total', euro(subtotalOf(lines) + shipping)],
    ]),
  )
  // A reload of this page is no second sale.
  if (!told) {
    tell('purchase', items(lines), { transaction_id: id, shipping })
    order.save({ ...placed, told: true })
  }
}
