import { useRef, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

/** Takes a connector away, after asking. */
export function RemoveConnector(props: {
  readonly desk: Desk
  readonly id: string
  readonly name: string
}) {
  const { desk, id, name } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const [busy, setBusy] = useState(false)

  const remove = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    const done = await desk.actions.removeConnector(id)
    setBusy(false)
    dialog.current?.close()
    if (done) desk.actions.go({ name: 'connectors', connector: null })
    else desk.state.notice.value = strings.removeFailed
  }

  return (
    <section class="remove">
      <button
        type="button"
        class="button button-danger"
        onClick={() => dialog.current?.showModal()}
      >
        <Icon name="bin" />
        {strings.remove}
      </button>
      <p class="form-help">{strings.removeHint}</p>
      <dialog class="dialog" ref={dialog} aria-labelledby="remove-title">
        <h2 id="remove-title">{fill(strings.removeAsk, { name })}</h2>
        <p>{strings.removeAskHint}</p>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {strings.cancel}
          </button>
          <button
            type="button"
            class="button button-danger-filled"
            aria-disabled={busy}
            onClick={() => void remove()}
          >
            {strings.removeYes}
          </button>
        </div>
      </dialog>
    </section>
  )
}
