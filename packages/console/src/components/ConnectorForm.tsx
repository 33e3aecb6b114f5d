import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import type { ConnectorLine, ConnectorType } from '../connector.ts'
import { faceOf } from '../connector-faces.ts'
import type { FormProblems } from '../connector-form.ts'
import {
  bodyOf,
  countProblems,
  formOf,
  freeId,
  NO_PROBLEMS,
  readProblems,
} from '../connector-form.ts'
import type { Desk } from '../desk.ts'
import { makeSecret } from '../make-secret.ts'
import { hrefOf } from '../route.ts'
import type { Connectors } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { ConnectorField, FieldFrame } from './ConnectorField.tsx'
import { CopyField } from './CopyField.tsx'
import { Icon } from './Icon.tsx'
import { RolePicker } from './RolePicker.tsx'
import { Tile } from './Tile.tsx'

type Ready = Extract<Connectors, { state: 'ready' }>
type Sending =
  | { readonly state: 'idle' }
  | { readonly state: 'saving' }
  | { readonly state: 'refused'; readonly problems: FormProblems }
  | { readonly state: 'failed'; readonly reason: string }

/** The settings of one connector: a new one as a page of its own, a known one within its page. */
export function ConnectorForm(props: {
  readonly desk: Desk
  readonly ready: Ready
  readonly type: ConnectorType
  readonly line: ConnectorLine | undefined
  /** A known one was saved. */
  readonly onSaved?: () => void
}) {
  const { desk, ready, type, line } = props
  const hooks = `${ready.relay}/v1/hooks/`
  const taken = ready.lines.map(({ id }) => id)
  const [start] = useState(() => formOf(type, line, { id: freeId(type.name, taken), hooks }))
  const [values, setValues] = useState(start)
  const [sending, setSending] = useState<Sending>({ state: 'idle' })
  const form = useRef<HTMLFormElement>(null)
  const face = faceOf(type.name)
  const changed = JSON.stringify(values) !== JSON.stringify(start)
  /** What cannot be used as it is may be saved as it is: the relay says what is wrong. */
  const idle = line !== undefined && line.problems.length === 0 && !changed
  const problems = sending.state === 'refused' ? sending.problems : NO_PROBLEMS

  // To the first place that has to be mended.
  useEffect(() => {
    if (sending.state !== 'refused') return
    const place = form.current?.querySelector<HTMLElement>(
      '[aria-invalid="true"], [data-bad="true"]',
    )
    ;(place ?? form.current?.querySelector<HTMLElement>('.form-alert'))?.focus()
  }, [sending])

  const save = async (): Promise<void> => {
    if (sending.state === 'saving' || idle) return
    if (!line && taken.includes(values.id)) {
      setSending({ state: 'refused', problems: { at: { id: [strings.idTaken] }, rest: [] } })
      return
    }
    setSending({ state: 'saving' })
    const outcome = await desk.actions.saveConnector(values.id, bodyOf(type, values, line))
    switch (outcome.state) {
      case 'saved':
        if (!line) {
          desk.actions.go({ name: 'connectors', connector: values.id })
          return
        }
        setSending({ state: 'idle' })
        props.onSaved?.()
        return
      case 'refused':
        setSending({ state: 'refused', problems: readProblems(outcome.problems, type) })
        return
      case 'failed':
        setSending(outcome)
    }
  }

  const id = values.id.trim()
  const setId = (next: string): void =>
    setValues((now) => {
      const text = next.toLowerCase().trim()
      // The address follows the name, unless somebody has typed another one.
      const follows = now.texts['webhook'] === hooks + now.id
      return {
        ...now,
        id: text,
        ...(follows ? { texts: { ...now.texts, webhook: hooks + text } } : {}),
      }
    })

  const body = (
    <form
      class="form"
      ref={form}
      noValidate
      autocomplete="off"
      aria-busy={sending.state === 'saving'}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Alert sending={sending} />
      {type.roles.length > 1 ? (
        <RolePicker
          type={type}
          value={values.role}
          problems={problems.at['role'] ?? []}
          onChange={(role) => setValues((now) => ({ ...now, role }))}
        />
      ) : null}
      <section class="form-card" aria-label={strings.settings}>
        {line ? <h2 class="form-title">{strings.settings}</h2> : null}
        {type.fields.map((field) => {
          const kind = face.makes?.[field.name]
          return (
            <ConnectorField
              key={field.name}
              field={field}
              state={{
                text: values.texts[field.name] ?? '',
                flag: values.flags[field.name] ?? false,
                secret: values.secrets[field.name] ?? { state: 'typed', text: '' },
                problems: problems.at[field.name] ?? [],
              }}
              change={{
                text: (text) =>
                  setValues((now) => ({ ...now, texts: { ...now.texts, [field.name]: text } })),
                flag: (on) =>
                  setValues((now) => ({ ...now, flags: { ...now.flags, [field.name]: on } })),
                secret: (secret) =>
                  setValues((now) => ({
                    ...now,
                    secrets: { ...now.secrets, [field.name]: secret },
                  })),
              }}
              make={kind && (() => makeSecret(kind, desk.randomBytes))}
            />
          )
        })}
        {line ? null : (
          <FieldFrame
            id="field-id"
            field={{ label: strings.name, help: strings.nameHint, required: true }}
            problems={problems.at['id'] ?? []}
          >
            <input
              id="field-id"
              class="input"
              aria-describedby="field-id-help field-id-problem"
              aria-invalid={(problems.at['id'] ?? []).length > 0}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={values.id}
              onInput={(event) => setId(event.currentTarget.value)}
            />
          </FieldFrame>
        )}
      </section>
      {type.webhooks && !line ? (
        <section class="form-card" aria-labelledby="hook-title">
          <h2 class="form-title" id="hook-title">
            {strings.webhookAddress}
          </h2>
          <p class="form-help">{fill(strings.webhookHint, { name: face.title })}</p>
          <CopyField desk={desk} what={strings.webhookAddress} text={hooks + id} />
        </section>
      ) : null}
      <div class="form-foot" data-idle={idle}>
        <button
          type="submit"
          class="button button-primary form-save"
          aria-disabled={sending.state === 'saving' || idle}
        >
          {sending.state === 'saving' ? strings.saving : line ? strings.save : strings.saveNew}
        </button>
        {line ? (
          idle || !changed ? null : (
            <button
              type="button"
              class="button button-quiet"
              onClick={() => {
                setValues(start)
                setSending({ state: 'idle' })
              }}
            >
              {strings.discardChanges}
            </button>
          )
        ) : (
          <a class="button button-quiet" href={hrefOf({ name: 'connect', type: null })}>
            {strings.cancel}
          </a>
        )}
      </div>
    </form>
  )
  return line ? body : <NewPage type={type}>{body}</NewPage>
}

function NewPage(props: { readonly type: ConnectorType; readonly children: ComponentChildren }) {
  const face = faceOf(props.type.name)
  return (
    <main class="page">
      <a class="page-back" href={hrefOf({ name: 'connect', type: null })}>
        <Icon name="back" />
        {strings.backToGallery}
      </a>
      <header class="page-head connector-head">
        <Tile type={props.type.name} size="large" />
        <div>
          <h1 data-pane-title tabIndex={-1}>
            {fill(strings.connect, { name: face.title })}
          </h1>
          <p>{face.line}</p>
        </div>
      </header>
      {props.children}
    </main>
  )
}

/** Why it is not saved; each problem also stands at its field. */
function Alert({ sending }: { readonly sending: Sending }) {
  const text =
    sending.state === 'failed'
      ? fill(strings.saveFailed, { reason: sending.reason })
      : sending.state === 'refused'
        ? countText(countProblems(sending.problems))
        : null
  return (
    <div role="alert" tabIndex={-1} class={text === null ? 'form-alert hidden' : 'form-alert'}>
      {text === null ? null : (
        <>
          <Icon name="alert" />
          <div>
            <p class="form-alert-title">{strings.refused}</p>
            <p>{text}</p>
            {sending.state === 'refused'
              ? sending.problems.rest.map((problem) => <p key={problem}>{problem}</p>)
              : null}
          </div>
        </>
      )}
    </div>
  )
}

function countText(count: number): string {
  return count === 1 ? strings.refusedOne : fill(strings.refusedMany, { count })
}
