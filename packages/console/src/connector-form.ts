import type { ConnectorBody } from './api.ts'
import type { ConnectorLine, ConnectorType, Field, RoleChoice } from './connector.ts'
import { roleOf } from './connector.ts'

/**
 * What stands in the form of one connector. Pure: from its type and what is saved, and to the
 * settings that are sent. A saved secret is never in it: only that it is set.
 */
export interface FormValues {
  readonly id: string
  readonly role: RoleChoice
  /** By field; of lists one item per line. */
  readonly texts: Readonly<Record<string, string>>
  readonly flags: Readonly<Record<string, boolean>>
  readonly secrets: Readonly<Record<string, SecretValue>>
}

export type SecretValue =
  | { readonly state: 'kept' }
  | { readonly state: 'removed' }
  | { readonly state: 'typed'; readonly text: string }

/** Every problem of a refused save, at the place where it is mended. */
export interface FormProblems {
  /** By field; the form's own are `id` and `role`. */
  readonly at: Readonly<Record<string, readonly string[]>>
  /** Of no field that is shown. */
  readonly rest: readonly string[]
}

export const NO_PROBLEMS: FormProblems = { at: {}, rest: [] }

const TYPED: SecretValue = { state: 'typed', text: '' }

export function formOf(
  type: ConnectorType,
  line: ConnectorLine | undefined,
  fresh: { readonly id: string; readonly hooks: string },
): FormValues {
  const texts: Record<string, string> = {}
  const flags: Record<string, boolean> = {}
  const secrets: Record<string, SecretValue> = {}
  const id = line?.id ?? fresh.id
  for (const field of type.fields) {
    const saved = line?.settings[field.name]
    if (field.kind === 'flag') flags[field.name] = typeof saved === 'boolean' ? saved : !!field.on
    else if (field.kind === 'secret') {
      secrets[field.name] = line?.secrets.includes(field.name) ? { state: 'kept' } : TYPED
    } else texts[field.name] = line ? textOf(saved) : startOf(field, fresh.hooks + id)
  }
  const [first = 'desk'] = type.roles
  return { id, role: roleOf(line?.roles ?? []) ?? first, texts, flags, secrets }
}

/** Some far sides sign their webhooks' address, so it is asked for; it is known here already. */
function startOf({ name, kind }: Field, webhook: string): string {
  return name === 'webhook' && kind === 'url' ? webhook : ''
}

function textOf(saved: unknown): string {
  if (Array.isArray(saved)) return saved.map(String).join('\n')
  return typeof saved === 'string' || typeof saved === 'number' ? String(saved) : ''
}

export function bodyOf(
  type: ConnectorType,
  values: FormValues,
  line: ConnectorLine | undefined,
): ConnectorBody {
  const shown = new Set(type.fields.map(({ name }) => name))
  // What the form does not know is not the form's to take away.
  const others = Object.entries(line?.settings ?? {}).filter(([name]) => !shown.has(name))
  const asked = type.fields.flatMap((field) => {
    const value = valueOf(field, values)
    return value === undefined ? [] : [[field.name, value] as const]
  })
  return {
    type: type.name,
    role: values.role,
    settings: Object.fromEntries([...others, ...asked]),
  }
}

/** undefined: nothing is said, which for a secret means that it stays. */
function valueOf({ name, kind }: Field, values: FormValues): unknown {
  if (kind === 'flag') return values.flags[name] ?? false
  if (kind === 'secret') {
    const secret = values.secrets[name] ?? TYPED
    if (secret.state === 'removed') return null
    if (secret.state === 'kept') return undefined
    const lines = linesOf(secret.text)
    return lines.length > 1 ? lines : lines[0]
  }
  const lines = linesOf(values.texts[name] ?? '')
  if (lines.length === 0) return undefined
  return kind === 'texts' ? lines : lines.join(' ')
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export function readProblems(problems: readonly string[], type: ConnectorType): FormProblems {
  const at: Record<string, string[]> = {}
  const rest: string[] = []
  const places = new Set(['id', 'role', ...type.fields.map(({ name }) => name)])
  for (const problem of problems) {
    // "settings.url: an address is needed", "settings.agents[2]: …", "id: …"
    const [, place = '', what = ''] = /^(?:settings\.)?(\w+)[^:\s]*: (.+)$/s.exec(problem) ?? []
    if (places.has(place)) (at[place] ??= []).push(sentence(what))
    else rest.push(sentence(problem))
  }
  return { at, rest }
}

export function countProblems({ at, rest }: FormProblems): number {
  return Object.values(at).flat().length + rest.length
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(first) ? first : `${first}.`
}

/** A name that no connector has yet. */
export function freeId(type: string, taken: readonly string[]): string {
  if (!taken.includes(type)) return type
  for (let count = 2; ; count++) {
    const id = `${type}-${count}`
    if (!taken.includes(id)) return id
  }
}
