import type { ConnectorType, RoleChoice } from '../connector.ts'
import { roleHint, roleText } from '../connector-faces.ts'
import { strings } from '../strings.ts'

/** Desk, reach or both: what each means with this far side, in plain words. */
export function RolePicker(props: {
  readonly type: ConnectorType
  readonly value: RoleChoice
  readonly problems: readonly string[]
  readonly onChange: (role: RoleChoice) => void
}) {
  const { type, value, problems, onChange } = props
  const roles: readonly RoleChoice[] = ['desk', 'reach', 'both']
  return (
    <fieldset class="roles" aria-describedby="roles-problem">
      <legend class="form-title">{strings.role}</legend>
      {roles.map((role) => (
        <div key={role} class="role">
          <input
            type="radio"
            id={`role-${role}`}
            name="role"
            value={role}
            aria-describedby={`role-${role}-hint`}
            checked={value === role}
            onChange={() => onChange(role)}
          />
          <div>
            <label class="role-name" for={`role-${role}`}>
              {roleText(role)}
            </label>
            <p class="role-hint" id={`role-${role}-hint`}>
              {roleHint(type, role)}
            </p>
          </div>
        </div>
      ))}
      <p class="form-problem" id="roles-problem">
        {problems.join(' ')}
      </p>
    </fieldset>
  )
}
