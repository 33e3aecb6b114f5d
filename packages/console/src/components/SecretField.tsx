import { useRef, useState } from 'preact/hooks'

import type { Field } from '../connector.ts'
import type { SecretValue } from '../connector-form.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

/**
 * A secret goes in and never comes out: one that is saved is only said to be set. What is being
 * typed is covered until somebody asks to see it; it may have several lines, so it is no password
 * field, whose paste would join them.
 */
export function SecretField(props: {
  readonly common: {
    readonly id: string
    readonly 'aria-describedby': string
    readonly 'aria-invalid': boolean
    readonly 'aria-required': boolean
  }
  readonly field: Field
  readonly value: SecretValue
  readonly onChange: (value: SecretValue) => void
  readonly make: (() => string) | undefined
}) {
  const { common, field, value, onChange, make } = props
  const [shown, setShown] = useState(false)
  const [made, setMade] = useState(false)
  /** It was set when the form came. */
  const kept = useRef(value.state === 'kept')

  const action = (text: string, value: SecretValue) => (
    <button
      type="button"
      class="link-button"
      aria-label={fill(strings.secretOf, { action: text, field: field.label })}
      onClick={() => {
        onChange(value)
        setShown(false)
        setMade(false)
      }}
    >
      {text}
    </button>
  )

  if (value.state !== 'typed') {
    const gone = value.state === 'removed'
    return (
      // Where a problem of it can be gone to.
      <div class="secret" data-gone={gone} data-bad={common['aria-invalid']} tabIndex={-1}>
        <span class="secret-state">
          <Icon name={gone ? 'bin' : 'lock'} />
          {gone ? strings.secretGoes : strings.secretSet}
          {gone ? null : <small>{strings.secretSetHint}</small>}
        </span>
        {gone ? (
          action(strings.secretKeep, { state: 'kept' })
        ) : (
          <>
            {action(strings.secretReplace, { state: 'typed', text: '' })}
            {field.required ? null : action(strings.secretRemove, { state: 'removed' })}
          </>
        )}
      </div>
    )
  }

  const lines = value.text.split('\n').length
  return (
    <>
      <div class="secret-typed">
        <textarea
          {...common}
          class={shown ? 'input' : 'input input-covered'}
          rows={Math.min(lines, 4)}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          data-secret
          value={value.text}
          onInput={(event) => onChange({ state: 'typed', text: event.currentTarget.value })}
        />
        <button
          type="button"
          class="field-button secret-eye"
          aria-pressed={shown}
          aria-label={fill(strings.secretOf, {
            action: shown ? strings.secretHide : strings.secretShow,
            field: field.label,
          })}
          onClick={() => setShown(!shown)}
        >
          <Icon name="eye" />
        </button>
      </div>
      {kept.current || make ? (
        <div class="secret-actions">
          {made ? <span class="secret-made">{strings.secretMade}</span> : null}
          {make && !made ? (
            <button
              type="button"
              class="link-button"
              aria-label={fill(strings.secretOf, {
                action: strings.secretMake,
                field: field.label,
              })}
              onClick={() => {
                onChange({ state: 'typed', text: make() })
                setShown(true)
                setMade(true)
              }}
            >
              {strings.secretMake}
            </button>
          ) : null}
          {kept.current ? action(strings.secretKeep, { state: 'kept' }) : null}
        </div>
      ) : null}
    </>
  )
}
