import type { VNode } from 'preact'

import { ConversationRow } from './conversation-row.tsx'
import { formatsOf } from './format.ts'
import { Greeting } from './greeting.tsx'
import { WriteIcon } from './icons.tsx'
import type { View } from './view.ts'

export function ConversationList({ view }: { view: View }): VNode {
  const { state, actions } = view
  const strings = state.strings.peek()
  const formats = formatsOf(state.locale.peek())
  const site = state.settings.peek().name
  const conversations = state.conversations.peek()
  return (
    <div part="screen">
      <div part="list">
        {conversations.length === 0 ? (
          <Greeting view={view} alone />
        ) : (
          <ul part="rows" aria-label={strings.conversations}>
            {conversations.map((item) => (
              <ConversationRow
                key={item.id}
                item={item}
                strings={strings}
                formats={formats}
                now={view.now()}
                site={site}
                open={actions.openConversation}
              />
            ))}
          </ul>
        )}
      </div>
      <div part="list-foot">
        <button type="button" part="new-conversation" onClick={() => actions.newConversation()}>
          <WriteIcon />
          {strings.newConversation}
        </button>
      </div>
    </div>
  )
}
