// GA4's e-commerce events, pushed as a shop's tag manager expects them. Nothing here sends them on.

import { CURRENCY, catalogue } from './catalogue.js'

export const item = (lamp, colour, quantity = 1) => ({
  item_id: catalogue[lamp].sku,
  item_name: catalogue[lamp].name,
  item_brand: 'Halfpast',
  item_category: catalogue[lamp].kind,
  item_variant: colour,
  price: catalogue[lamp].price,
  quantity,
})

export const items = (lines) => lines.map((line) => item(line.lamp, line.colour, line.quantity))

/** `ecommerce: null` first, so that nothing of the event before is merged into this one. */
export function tell(event, pushed, more = {}) {
  const value = pushed.reduce((sum, each) => sum + each.price * each.quantity, 0)
  const layer = (globalThis.dataLayer ??= [])
  layer.push({ ecommerce: null })
  layer.push({ event, ecommerce: { currency: CURRENCY, value, ...more, items: pushed } })
}
