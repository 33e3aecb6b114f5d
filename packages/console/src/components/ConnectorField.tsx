import type { ComponentChildren } from 'preact'

import type { Field } from '../connector.ts'
import type { SecretValue } from '../connector-form.ts'
import { strings } from '../strings.ts'
import { SecretField } from './SecretField.tsx'

/** What every kind of field is given. */
export interface FieldState {
  readonly text: string
  readonly flag: boolean
  readonly secret: SecretValue
  readonly problems: readonly string[]
}

export interface FieldChange {
  text(text: string): void
  flag(on: boolean): void
  secret(value: SecretValue): void
}

/** One question of the form, by its kind. */
export function ConnectorField(props: {
  readonly field: Field
  readonly state: FieldState
  readonly change: FieldChange
  /** Makes a secret; absent where the far side gives it. */
  readonly make?: (() => string) | undefined
}) {
  const { field, state, change } = props
  const id = `field-${field.name}`
  const bad = state.problems.length > 0
  const common = {
    id,
    'aria-describedby': `${id}-help ${id}-problem`,
    'aria-invalid': bad,
    'aria-required': field.required,
    autocomplete: 'off' as const,
    spellcheck: false,
  }
  if (field.kind === 'flag') {
    return (
      <div class="form-flag">
        <label class="form-flag-text" for={id}>
          <span class="form-label">{field.label}</span>
        </label>
        <input
          id={id}
          type="checkbox"
          class="switch"
          role="switch"
          aria-checked={state.flag}
          aria-describedby={common['aria-describedby']}
          checked={state.flag}
          onChange={(event) => change.flag(event.currentTarget.checked)}
        />
        <Help id={id} field={field} problems={state.problems} />
      </div>
    )
  }
  return (
    <FieldFrame id={id} field={field} problems={state.problems}>
      {field.kind === 'secret' ? (
        <SecretField
          common={common}
          field={field}
          value={state.secret}
          onChange={change.secret}
          make={props.make}
        />
      ) : field.kind === 'choice' ? (
        <select
          {...common}
          class="input"
          value={state.text}
          onChange={(event) => change.text(event.currentTarget.value)}
        >
          {field.required ? null : <option value="">{strings.choiceNone}</option>}
          {field.choices?.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : field.kind === 'texts' ? (
        <textarea
          {...common}
          class="input"
          rows={3}
          value={state.text}
          onInput={(event) => change.text(event.currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          class="input"
          {...(field.kind === 'url' ? { type: 'url' as const } : { type: 'text' as const })}
          value={state.text}
          onInput={(event) => change.text(event.currentTarget.value)}
        />
      )}
    </FieldFrame>
  )
}

/** A label above, help and problems below. */
export function FieldFrame(props: {
  readonly id: string
  readonly field: Pick<Field, 'label' | 'help' | 'required'>
  readonly problems: readonly string[]
  readonly children: ComponentChildren
}) {
  const { id, field, problems } = props
  return (
    <div class="form-field">
      <label class="form-label" for={id}>
        {field.label}
        {field.required ? null : <span class="form-optional"> {strings.optional}</span>}
      </label>
      {props.children}
      <Help id={id} field={field} problems={problems} />
    </div>
  )
}

function Help(props: {
  readonly id: string
  readonly field: Pick<Field, 'help'>
  readonly problems: readonly string[]
}) {
  return (
    <>
      <p class="form-problem" id={`${props.id}-problem`}>
        {props.problems.map((problem) => (
          <span key={problem}>{problem}</span>
        ))}
      </p>
      <p class="form-help" id={`${props.id}-help`}>
        {props.field.help}
      </p>
    </>
  )
}
