import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Telegram's Bot API as far as its published description goes: each call's method, the parameters
 * it must and may have, their types, and the lengths that the description gives in words. It is
 * stricter than Telegram, which overlooks parameters it does not know. No state, no order, no rate.
 */
export interface BotApiMock {
  readonly url: string
  readonly calls: readonly BotCall[]
  /** Faults of a value as a type of the description; none: it is fine. */
  faultsOf(type: string, value: unknown): readonly string[]
  forget(): void
  close(): void
}

export interface BotCall {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly faults: readonly string[]
}

interface Field {
  readonly name: string
  readonly types: readonly string[]
  readonly required: boolean
  readonly description: string
}

interface Description {
  readonly methods: Readonly<
    Record<string, { readonly fields?: readonly Field[]; readonly returns: readonly string[] }>
  >
  readonly types: Readonly<
    Record<string, { readonly fields?: readonly Field[]; readonly subtypes?: readonly string[] }>
  >
}

type Json = Readonly<Record<string, unknown>>

export async function startBotApiMock(path: string, token: string): Promise<BotApiMock> {
  const description = JSON.parse(readFileSync(path, 'utf8')) as Description
  const calls: BotCall[] = []
  const check = createCheck(description)

  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(incoming.url ?? '') ?? []
      const answer = (code: number, body: Json): void => {
        response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      const refuse = (code: number, said: string): void =>
        answer(code, { ok: false, error_code: code, description: said })
      if (given !== token) return refuse(401, 'Unauthorized')
      const params = paramsOf(Buffer.concat(parts).toString('utf8'))
      const known = description.methods[method]
      const faults = known
        ? [...check.fields(known.fields ?? [], params, method)]
        : [`there is no method ${method}`]
      calls.push({ method, params, faults })
      if (!known) return refuse(404, 'Not Found')
      if (faults.length > 0) return refuse(400, `Bad Request: ${faults.join('; ')}`)
      answer(200, { ok: true, result: exampleOf(known.returns[0] ?? '', description, 3) })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faultsOf: (type, value) => [...check.value([type], value, type)],
    forget() {
      calls.length = 0
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Check {
  fields(fields: readonly Field[], value: Json, path: string): readonly string[]
  value(types: readonly string[], value: unknown, path: string): readonly string[]
}

function createCheck({ types: known }: Description): Check {
  const check: Check = {
    fields(fields, value, path) {
      const names = new Set(fields.map(({ name }) => name))
      const faults = Object.keys(value)
        .filter((name) => !names.has(name))
        .map((name) => `${path}.${name} is not known`)
      for (const { name, types, required, description } of fields) {
        const given = value[name]
        const at = `${path}.${name}`
        if (given === undefined) {
          if (required) faults.push(`${at} is needed`)
          continue
        }
        faults.push(...check.value(types, given, at), ...lengthFault(description, given, at))
      }
      return faults
    },
    value(types, value, path) {
      // Of several types the one that comes nearest says what is wrong.
      const tries = types.map((type) => ofType(type, value, path))
      return tries.toSorted((a, b) => a.length - b.length)[0] ?? [`${path} has no type`]
    },
  }

  const ofType = (type: string, value: unknown, path: string): readonly string[] => {
    const wrong = [`${path} is no ${type}`]
    if (type.startsWith('Array of ')) {
      if (!Array.isArray(value)) return wrong
      const inner = type.slice('Array of '.length)
      return value.flatMap((item, index) => check.value([inner], item, `${path}[${index}]`))
    }
    switch (type) {
      case 'Integer':
        return Number.isSafeInteger(value) ? [] : wrong
      case 'Float':
        return typeof value === 'number' ? [] : wrong
      case 'String':
        return typeof value === 'string' ? [] : wrong
      case 'Boolean':
        return typeof value === 'boolean' ? [] : wrong
      case 'True':
        return value === true ? [] : wrong
      // A file travels in a form, never in JSON.
      case 'InputFile':
        return wrong
    }
    const shape = known[type]
    if (!shape) return [`${path}: the description has no type ${type}`]
    if (shape.subtypes && shape.subtypes.length > 0) return check.value(shape.subtypes, value, path)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong
    return check.fields(shape.fields ?? [], value as Json, path)
  }
  return check
}

/** "1-4096 characters" stands in words alone. */
function lengthFault(description: string, value: unknown, path: string): readonly string[] {
  const [, least, most] = /(\d+)-(\d+) characters/.exec(description) ?? []
  if (typeof value !== 'string' || least === undefined || most === undefined) return []
  const length = Array.from(value).length
  if (length >= Number(least) && length <= Number(most)) return []
  return [`${path} has ${length} characters, not ${least} to ${most}`]
}

/** A result with all that must be there, as deep as anybody looks. */
function exampleOf(type: string, description: Description, depth: number): unknown {
  if (type.startsWith('Array of ')) return []
  if (type === 'Integer' || type === 'Float') return 1
  if (type === 'String') return 'x'
  if (type === 'Boolean' || type === 'True') return true
  const shape = description.types[type]
  const subtype = shape?.subtypes?.[0]
  if (subtype !== undefined) return exampleOf(subtype, description, depth)
  const needed = depth === 0 ? [] : (shape?.fields ?? []).filter(({ required }) => required)
  return Object.fromEntries(
    needed.map(({ name, types }) => [name, exampleOf(types[0] ?? '', description, depth - 1)]),
  )
}

function paramsOf(body: string): Json {
  return body === '' ? {} : (JSON.parse(body) as Json)
}
