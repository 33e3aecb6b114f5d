import type { VNode } from 'preact'

import { ConversationRow } from './conversation-row.tsx'
import { formatsOf } from './format.ts'
import { Greeting } from './greeting.tsx'
import { WriteIcon } from './icons.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'

export function ConversationList({ view }: { view: View }): VNode {
  const { state, actions } = view
  const strings = useValue(state.strings)
  const formats = formatsOf(useValue(state.locale))
  const site = useValue(state.settings).name
  const conversations = useValue(state.conversations)
  return (
    <div part="screen">
      <div part="list">
        {conversations.length === 0 ? (
          <Greeting view={view} hint />
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
