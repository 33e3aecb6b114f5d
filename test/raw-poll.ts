import type { Hello, ServerFrame } from '../packages/core/src/index.ts'
import type { RelayProcess } from './relay-process.ts'
import { ORIGIN, SITE, newId } from './relay-api.ts'

/** One long-poll request, as bare as it gets: a hello, some frames, and what came back. */
export interface PollAnswer {
  readonly status: number
  readonly text: string
  readonly frames: readonly ServerFrame[]
}

export interface PollOptions {
  readonly hello?: Partial<Hello>
  /** ms */
  readonly wait?: number
  readonly headers?: Readonly<Record<string, string>>
}

export async function rawPoll(
  relay: Pick<RelayProcess, 'origin'>,
  frames: readonly unknown[],
  { hello = {}, wait = 0, headers = { origin: ORIGIN } }: PollOptions = {},
): Promise<PollAnswer> {
  return rawPost(relay, { nonce: newId(), wait, frames: [helloOf(hello), ...frames] }, headers)
}

/** A body that is sent as it is. */
export async function rawPost(
  relay: Pick<RelayProcess, 'origin'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = { origin: ORIGIN },
): Promise<PollAnswer> {
  const response = await fetch(`${relay.origin}/v1/sync`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const parsed = JSON.parse(text) as { frames?: readonly ServerFrame[] }
  return { status: response.status, text, frames: parsed.frames ?? [] }
}

export function helloOf(over: Partial<Hello> = {}): Hello {
  return {
    t: 'hello',
    v: 1,
    site: SITE,
    token: null,
    device: 'device-1',
    positions: {},
    client: 'test/1',
    ...over,
  }
}
