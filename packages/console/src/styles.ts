import account from './styles/account.css'
import base from './styles/base.css'
import composer from './styles/composer.css'
import details from './styles/details.css'
import frame from './styles/frame.css'
import gate from './styles/gate.css'
import list from './styles/list.css'
import thread from './styles/thread.css'

/** One constructable sheet: the page's policy allows no inline style, and needs none. */
export const sheetText: string = [base, gate, frame, account, list, thread, composer, details].join(
  '\n',
)
