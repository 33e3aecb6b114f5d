import type { SentFile } from './phone.ts'

/** What the simulated API says to a request. */
export interface Reply {
  readonly status: number
  readonly json?: unknown
  /** In place of JSON. */
  readonly file?: SentFile
  readonly headers?: Readonly<Record<string, string>>
  /** Of a refusal, for whoever reads what was asked. */
  readonly reason?: string
}

export function ok(json: unknown): Reply {
  return { status: 200, json }
}

export function refuse(code: number, status = 400, reason = `code ${code}`): Reply {
  return { status, reason, json: { error: { message: reason, type: 'OAuthException', code } } }
}
