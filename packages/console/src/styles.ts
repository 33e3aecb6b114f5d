import account from './styles/account.css'
import base from './styles/base.css'
import composer from './styles/composer.css'
import connectors from './styles/connectors.css'
import details from './styles/details.css'
import form from './styles/form.css'
import frame from './styles/frame.css'
import gate from './styles/gate.css'
import list from './styles/list.css'
import routes from './styles/routes.css'
import thread from './styles/thread.css'

/** One constructable sheet: the page's policy allows no inline style, and needs none. */
export const sheetText: string = [
  base,
  gate,
  frame,
  account,
  list,
  thread,
  composer,
  details,
  routes,
  form,
  connectors,
].join('\n')
