import { catalogue } from './catalogue.js'
import { item, tell } from './data-layer.js'

const list = { item_list_id: 'lamps', item_list_name: 'All lamps' }

tell(
  'view_item_list',
  Object.entries(catalogue).map(([lamp, { colour }], index) => ({ ...item(lamp, colour), index })),
  list,
)

for (const card of document.querySelectorAll('[data-lamp]')) {
  const { lamp } = card.dataset
  card.addEventListener('click', () =>
    tell('select_item', [item(lamp, catalogue[lamp].colour)], list),
  )
}
