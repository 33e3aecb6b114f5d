// The little DOM that cart, checkout and thank-you page draw.

import { catalogue, euro } from './catalogue.js'

const SVG = 'http://www.w3.org/2000/svg'

export function element(name, className, ...children) {
  const made = document.createElement(name)
  if (className) made.className = className
  made.append(...children)
  return made
}

export function lampPicture(lamp, colour) {
  const svg = document.createElementNS(SVG, 'svg')
  const use = document.createElementNS(SVG, 'use')
  svg.setAttribute('class', 'lamp')
  svg.setAttribute('viewBox', '0 0 240 300')
  svg.setAttribute('aria-hidden', 'true')
  use.setAttribute('href', `/shop/lamps.svg#${lamp}`)
  svg.append(use)
  const stage = element('div', `stage thumb ${lamp}`, svg)
  stage.dataset.colour = colour
  return stage
}

/** A line that can only be read. */
export function orderLine({ lamp, colour, quantity }) {
  const words = element('p', 'words', element('b', '', catalogue[lamp].name))
  words.append(element('span', 'quiet', `${quantity} × ${colour}`))
  const price = element('span', 'price', euro(catalogue[lamp].price * quantity))
  return element('li', 'line', lampPicture(lamp, colour), words, price)
}

/** [term, value] pairs as a description list's rows; the last is the total. */
export function sums(rows) {
  return rows.map(([term, value], index) => {
    const row = element('div', index === rows.length - 1 ? 'total' : '')
    row.append(element('dt', '', term), element('dd', '', value))
    return row
  })
}
