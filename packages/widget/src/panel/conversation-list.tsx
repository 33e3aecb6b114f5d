import type { VNode } from 'preact'

import { ConversationRow } from './conversation-row.tsx'
import { Greeting } from './greeting.tsx'
import { WriteIcon } from './later-icons.tsx'
import { Notice } from './notice.tsx'
import type { View } from './view.ts'

export function ConversationList({ view }: { view: View }): VNode {
  const { strings, conversations, actions } = view
  return (
    <div part="screen">
      <div part="list">
        {conversations.length === 0 ? (
          <Greeting view={view} alone />
        ) : (
          <ul part="rows" aria-label={strings.conversations}>
            {conversations.map((item) => (
              <ConversationRow key={item.id} item={item} view={view} />
            ))}
          </ul>
        )}
      </div>
      <output part="notes">
        <Notice view={view} />
      </output>
      <div part="list-foot">
        <button part="new-conversation" onClick={actions.newConversation}>
          <WriteIcon />
          {strings.newConversation}
        </button>
      </div>
    </div>
  )
}
