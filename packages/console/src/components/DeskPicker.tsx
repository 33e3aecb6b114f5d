import { useEffect, useRef, useState } from 'preact/hooks'

import { titleOfEntry } from '../connector-faces.ts'
import type { RouteLine } from '../conversation-routes.ts'
import type { Desk } from '../desk.ts'
import { strings } from '../strings.ts'
import { Tile } from './Tile.tsx'

/** Chooses who answers a conversation. Nothing happens until it is saved. */
export function DeskPicker(props: {
  readonly desk: Desk
  readonly conversation: string
  readonly routes: readonly RouteLine[]
  readonly onDone: () => void
}) {
  const { desk, conversation, routes, onDone } = props
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(routes.filter(({ active }) => active).map(({ connector }) => connector)),
  )
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>('input')?.focus(), [])

  const save = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    const ids = routes.map(({ connector }) => connector).filter((id) => chosen.has(id))
    // All of them means those that come later, too.
    const done = await desk.actions.setDesks(
      conversation,
      ids.length === routes.length ? null : ids,
    )
    setBusy(false)
    if (done) onDone()
    else desk.state.notice.value = strings.desksFailed
  }

  const toggle = (id: string, on: boolean): void =>
    setChosen((now) => {
      const next = new Set(now)
      if (on) next.add(id)
      else next.delete(id)
      return next
    })

  return (
    <form
      class="desk-picker"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <fieldset>
        <legend>{strings.desksTitle}</legend>
        {routes.map((route) => (
          <label key={route.connector} class="desk-choice">
            <input
              type="checkbox"
              checked={chosen.has(route.connector)}
              onChange={(event) => toggle(route.connector, event.currentTarget.checked)}
            />
            <Tile type={route.type} size="small" />
            <span>{titleOfEntry(route.type, route.hook)}</span>
          </label>
        ))}
      </fieldset>
      <p class="form-help">{strings.desksHint}</p>
      <div class="desk-picker-foot">
        <button type="submit" class="button button-primary button-small" aria-disabled={busy}>
          {strings.desksSave}
        </button>
        <button type="button" class="button button-quiet button-small" onClick={onDone}>
          {strings.cancel}
        </button>
      </div>
    </form>
  )
}
