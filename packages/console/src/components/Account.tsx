import { useEffect, useRef, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'
import { Avatar } from './Avatar.tsx'
import { Icon } from './Icon.tsx'

/** Who is signed in; opens what concerns them. */
export function Account({ desk }: { readonly desk: Desk }) {
  const [open, setOpen] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const { agent } = desk.me

  useEffect(() => {
    if (!open) return
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
    }
  }, [open])

  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !open) return
    event.preventDefault()
    setOpen(false)
    button.current?.focus()
  }

  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- Escape closes from anywhere within
    <div class="account" ref={place} onKeyDown={onKey}>
      <button
        type="button"
        class="account-button"
        ref={button}
        aria-expanded={open}
        aria-controls="account-menu"
        aria-label={`${strings.account}: ${agent.name}`}
        onClick={() => setOpen(!open)}
      >
        <Avatar id={agent.id} name={agent.name} />
      </button>
      {open ? (
        <div class="menu" id="account-menu">
          <p class="menu-title">{fill(strings.signedInAs, { name: agent.name })}</p>
          <label class="menu-item">
            <Icon name="keyboard" />
            <span class="menu-text">
              {strings.shortcuts}
              <small>{strings.shortcutsHint}</small>
            </span>
            <input
              type="checkbox"
              class="switch"
              role="switch"
              aria-checked={desk.shortcuts.value}
              checked={desk.shortcuts.value}
              onChange={(event) => {
                desk.shortcuts.value = event.currentTarget.checked
              }}
            />
          </label>
          <button type="button" class="menu-item" onClick={desk.signOut}>
            <Icon name="out" />
            <span class="menu-text">{strings.signOut}</span>
          </button>
        </div>
      ) : null}
    </div>
  )
}
