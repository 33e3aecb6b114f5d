/** Bodies are compared as JSON with sorted fields, so that a retry by another build is the same body. */
export function sameBody(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/**
 * JSON with sorted fields that asks nothing of the objects: on pages with old libraries every
 * array has a `toJSON` that gives a text.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null) return 'null'
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
  return `{${fields.join()}}`
}
