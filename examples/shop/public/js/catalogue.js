// What the shop sells. Prices in euro, VAT included.

export const CURRENCY = 'EUR'
export const FREE_SHIPPING_FROM = 150
const SHIPPING = 9

export const catalogue = {
  seven: { sku: 'HP-07', name: 'Seven', kind: 'Table lamps', price: 148, colour: 'tomato' },
  nine: { sku: 'HP-09', name: 'Nine', kind: 'Pendants', price: 186, colour: 'cobalt' },
  eleven: { sku: 'HP-11', name: 'Eleven', kind: 'Reading lamps', price: 224, colour: 'moss' },
  two: { sku: 'HP-02', name: 'Two', kind: 'Night lights', price: 64, colour: 'ochre' },
}

const money = new Intl.NumberFormat('en-IE', {
  style: 'currency',
  currency: CURRENCY,
  minimumFractionDigits: 0,
})

export const euro = (amount) => money.format(amount)

export const subtotalOf = (lines) =>
  lines.reduce((sum, line) => sum + catalogue[line.lamp].price * line.quantity, 0)

export const shippingFor = (subtotal) =>
  subtotal === 0 || subtotal >= FREE_SHIPPING_FROM ? 0 : SHIPPING
