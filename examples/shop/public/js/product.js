import { cart } from './cart.js'
import { item, tell } from './data-layer.js'

const form = document.querySelector('[data-buy]')
const stage = document.querySelector('[data-stage]')
const said = document.querySelector('[data-said]')
const lamp = form.dataset.buy
const colour = () => form.elements.colour.value

const showColour = () => {
  stage.dataset.colour = colour()
}

form.addEventListener('change', showColour)
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const quantity = Number(form.elements.quantity.value)
  cart.add(lamp, colour(), quantity)
  tell('add_to_cart', [item(lamp, colour(), quantity)])
  said.querySelector('[data-what]').textContent =
    `${quantity} × ${form.dataset.name} in ${colour()} added. `
  said.querySelector('a').hidden = false
})

// A reload may bring back the colour that was chosen before.
showColour()
tell('view_item', [item(lamp, colour())])
