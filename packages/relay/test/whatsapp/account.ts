import { isRecord, valuesOf } from './check.ts'
import type { SentFile } from './phone.ts'
import type { Reply } from './reply.ts'
import { ok, refuse } from './reply.ts'

/** What can be asked of a business account: its number, token, webhook, templates and files. */
export interface Account {
  /** Undefined: nothing is at this path. */
  look(path: string): Reply | undefined
  approve(name: string, language: string, text: string): void
  /** A template to send, with its values filled in; or Meta's code of what is wrong with it. */
  fill(template: unknown): FilledTemplate
  /** Meta's id of the file. */
  keep(file: SentFile): string
}

export type FilledTemplate =
  | { readonly state: 'filled'; readonly name: string; readonly text: string }
  | { readonly state: 'refused'; readonly code: number }

export interface AccountOptions {
  readonly ids: {
    readonly account: string
    readonly number: string
    readonly numberId: string
    readonly app: string
  }
  /** Where webhooks go. */
  readonly hook: () => string | undefined
  /** The simulator's own address. */
  readonly base: () => string
}

const FIRST_FILE = 777_000

export function createAccount({ ids, hook, base }: AccountOptions): Account {
  const templates = new Map<string, string>()
  const files = new Map<string, SentFile>()

  const hooks = (): readonly object[] => {
    const fields = [{ name: 'messages' }, { name: 'smb_message_echoes' }]
    const callback_url = hook()
    return callback_url === undefined
      ? []
      : [{ object: 'whatsapp_business_account', callback_url, fields }]
  }
  const named = (wanted: string | null): readonly object[] =>
    [...templates.keys()]
      .map((key) => key.split(' '))
      .filter(([name]) => name === wanted)
      .map(([name, language]) => ({ name, language, status: 'APPROVED' }))

  return {
    look(path) {
      const { pathname, searchParams } = new URL(path, 'http://graph')
      const [, version, what = '', part = ''] = pathname.split('/')
      if (what === 'file') {
        const file = files.get(part)
        return file ? { status: 200, file } : refuse(131052, 404)
      }
      const file = files.get(what)
      const url = `${base()}/${version}/file/${what}`
      if (file) return ok({ id: what, mime_type: file.type, url })
      switch (part === '' ? what : `${what}/${part}`) {
        case ids.numberId:
          return ok({ display_phone_number: `+${ids.number}`, verified_name: 'Simulated shop' })
        case 'debug_token': {
          const scopes = ['whatsapp_business_messaging', 'whatsapp_business_management']
          return ok({ data: { app_id: ids.app, is_valid: true, expires_at: 0, scopes } })
        }
        case `${ids.app}/subscriptions`:
          return ok({ data: hooks() })
        case `${ids.account}/subscribed_apps`:
          return ok({ data: [{ id: ids.app }] })
        case `${ids.account}/message_templates`:
          return ok({ data: named(searchParams.get('name')) })
        default:
          return undefined
      }
    },
    approve(name, language, text) {
      templates.set(`${name} ${language}`, text)
    },
    fill(template) {
      const fields = isRecord(template) ? template : {}
      const name = String(fields['name'])
      const language = isRecord(fields['language']) ? String(fields['language']['code']) : ''
      const text = templates.get(`${name} ${language}`)
      if (text === undefined) return { state: 'refused', code: 132001 }
      const values = valuesOf(template)
      if (new Set(text.match(/\{\{\d+\}\}/g)).size !== values.length) {
        return { state: 'refused', code: 132000 }
      }
      const value = (_all: string, place: string): string => values[Number(place) - 1] ?? ''
      return { state: 'filled', name, text: text.replace(/\{\{(\d+)\}\}/g, value) }
    },
    keep(file) {
      const id = String(FIRST_FILE + files.size)
      files.set(id, file)
      return id
    },
  }
}
