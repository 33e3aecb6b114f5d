import type { VNode } from 'preact'

import { Avatar } from './avatar.tsx'
import { BackIcon, CloseIcon } from './icons.tsx'
import type { View } from './view.ts'

/** Whom one writes to, whether somebody is there, and the ways out. */
export function Header({ view }: { view: View }): VNode {
  const { strings, agentsOnline: online, screen, conversations, actions } = view
  const { name } = view.settings
  return (
    <header part="header">
      {screen.name === 'thread' && conversations.length > 0 && (
        <button
          part="back"
          aria-label={strings.back}
          data-unread={conversations.some(
            ({ id, unread }) => unread > 0 && id !== screen.conversation,
          )}
          onClick={actions.showList}
        >
          <BackIcon />
        </button>
      )}
      <Avatar name={name} online={online === true} />
      <div part="heading">
        <h2 part="title" dir="auto">
          {name}
        </h2>
        {online !== undefined && (
          <p part="status">{online ? strings.agentsOnline : strings.agentsAway}</p>
        )}
      </div>
      <button part="close" aria-label={strings.close} onClick={actions.close}>
        <CloseIcon />
      </button>
    </header>
  )
}
