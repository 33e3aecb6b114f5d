import { useRef, useState } from 'preact/hooks'

import type { Session, SessionState } from '../session.ts'
import { strings } from '../strings.ts'
import { Icon, Mark } from './Icon.tsx'

export function SignIn(props: {
  readonly now: Extract<SessionState, { state: 'out' | 'link' }>
  readonly session: Session
}) {
  const { now, session } = props
  return (
    <main class="gate">
      <div class="gate-card">
        <Mark />
        {now.state === 'link' ? (
          <LinkForm now={now} session={session} />
        ) : (
          <PasswordForm now={now} session={session} />
        )}
      </div>
    </main>
  )
}

function PasswordForm(props: {
  readonly now: Extract<SessionState, { state: 'out' }>
  readonly session: Session
}) {
  const { now, session } = props
  const [shown, setShown] = useState(false)
  const field = useRef<HTMLInputElement>(null)

  const submit = (event: Event): void => {
    event.preventDefault()
    const password = field.current?.value ?? ''
    if (now.busy) return
    if (password === '') {
      field.current?.focus()
      return
    }
    void session.signIn(password).then(() => {
      // Still here: it was refused. The next try starts with a selected field.
      field.current?.select()
    })
  }

  return (
    <form class="gate-form" onSubmit={submit} aria-busy={now.busy}>
      <h1>{strings.signInTitle}</h1>
      <p class="gate-hint">{strings.signInHint}</p>
      {/* Password managers want to know whose password it is. */}
      <input type="text" name="username" autocomplete="username" value="owner" readOnly hidden />
      <label class="label" for="password">
        {strings.password}
      </label>
      <div class="field">
        <input
          id="password"
          ref={field}
          name="password"
          {...(shown ? { type: 'text' as const } : { type: 'password' as const })}
          autocomplete="current-password"
          autofocus
          required
          maxLength={1024}
          aria-invalid={now.problem !== null}
          aria-describedby="problem"
        />
        <button
          type="button"
          class="field-button"
          aria-pressed={shown}
          aria-label={shown ? strings.hidePassword : strings.showPassword}
          onClick={() => setShown(!shown)}
        >
          <Icon name="eye" />
        </button>
      </div>
      <Problem text={now.problem} />
      <button type="submit" class="button button-primary button-wide" aria-disabled={now.busy}>
        {now.busy ? strings.signingIn : strings.signIn}
      </button>
      <p class="gate-foot">{strings.noPasswordHint}</p>
    </form>
  )
}

function LinkForm(props: {
  readonly now: Extract<SessionState, { state: 'link' }>
  readonly session: Session
}) {
  const { now, session } = props
  const go = (event: Event): void => {
    event.preventDefault()
    if (!now.busy) void session.useLink()
  }
  return (
    <form class="gate-form" onSubmit={go} aria-busy={now.busy}>
      <h1>{strings.linkTitle}</h1>
      <p class="gate-hint">{strings.linkHint}</p>
      <Problem text={now.problem} />
      <button type="submit" class="button button-primary button-wide" aria-disabled={now.busy}>
        {now.busy ? strings.signingIn : strings.continue}
      </button>
      <button type="button" class="button button-quiet button-wide" onClick={session.usePassword}>
        {strings.usePassword}
      </button>
    </form>
  )
}

function Problem({ text }: { text: string | null }) {
  return (
    <p class="problem" id="problem" role="alert">
      {text === null ? null : (
        <>
          <Icon name="alert" />
          {text}
        </>
      )}
    </p>
  )
}
