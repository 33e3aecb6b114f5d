import type { Environment } from './config.ts'

/**
 * Secrets stay out of the connectors' file: a text "env:NAME" in it stands for a variable, and
 * "file:PATH" for the first line of a file, as secret stores mount them.
 */
export interface Resolved {
  readonly value: unknown
  /** One per secret that is not there; never a secret's value. */
  readonly problems: readonly string[]
}

export interface SecretSources {
  readonly environment: Environment
  readonly readFile: (path: string) => string
}

export function resolveSecrets(input: unknown, sources: SecretSources): Resolved {
  const problems: string[] = []

  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return resolveText(value, sources, problems)
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item)]))
  }

  return { value: resolve(input), problems }
}

function resolveText(text: string, sources: SecretSources, problems: string[]): string {
  if (text.startsWith('env:')) {
    const name = text.slice('env:'.length)
    const value = sources.environment[name]
    if (value) return value
    problems.push(`the variable ${name} is not set`)
  }
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length)
    try {
      const line = sources.readFile(path).split(/\r?\n/, 1)[0] ?? ''
      if (line !== '') return line
      problems.push(`the file ${path} is empty`)
    } catch {
      problems.push(`the file ${path} cannot be read`)
    }
  }
  return text
}
