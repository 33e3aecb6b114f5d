import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '@homing/core'
import type { SpecMock } from './spec-mock.ts'
import { createAccount } from './whatsapp/account.ts'
import { checkMessage, isRecord } from './whatsapp/check.ts'
import { createHooks } from './whatsapp/hooks.ts'
import type { Hooks } from './whatsapp/hooks.ts'
import { createPhone } from './whatsapp/phone.ts'
import type { OwnPhone, Phone, PhoneOptions } from './whatsapp/phone.ts'
import type { Reply } from './whatsapp/reply.ts'
import { ok, refuse } from './whatsapp/reply.ts'

/**
 * WhatsApp on the loopback: Meta's API over real HTTP on one side, people's phones on the other.
 * It keeps the 24-hour window of each phone by the given clock, checks every request, and posts
 * signed webhooks. It loses answers, refuses, doubles and mixes up the order when told to.
 *
 *   relay ──POST /messages──▶ check ──▶ window? ──▶ phone.inbox     relay ◀──webhook── phone.write
 *                              │ no        │ no
 *                              ▼           ▼
 *                           code 100    code 131047                relay ◀──statuses── delivered, read
 */
export interface WhatsAppSimulator {
  /** The Graph API: the connector's setting `url`. */
  readonly url: string
  /** What the connector needs to be told of this business, but for its optional settings. */
  readonly settings: Readonly<Record<string, string>>
  readonly hooks: Pick<Hooks, 'hold' | 'release' | 'settled' | 'posted'>
  /** Where webhooks go from now on. False: the address did not answer Meta's question. */
  register(address: string): Promise<boolean>
  /** The same number gives the same phone. */
  phone(number: string, options?: PhoneOptions): Phone
  /** The business's own phone app beside the API writes to somebody. */
  writeInApp(to: Phone, text: string): string
  /** An approved template; its text has {{1}}, {{2}} … */
  approve(name: string, language: string, text: string): void
  /** How the next requests to send end; then all is well again. */
  next(...endings: readonly Ending[]): void
  /** Real accounts are told of a closed window by the answer, or by a status later. */
  refuseClosedWindow(by: 'answer' | 'status'): void
  readonly requests: readonly SimulatedRequest[]
  close(): void
}

export type Ending =
  /** Taken and delivered, and then the line breaks, or nothing more is heard. */
  | 'lost'
  | 'silent'
  /** Not taken: one of Meta's codes, with an HTTP status and a Retry-After in seconds. */
  | { readonly code: number; readonly status?: number; readonly retryAfter?: number }

export interface SimulatedRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** Why it was refused; undefined when it was taken. */
  readonly refused: string | undefined
}

export interface WhatsAppSimulatorOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Asked first about every request, where Meta's description is at hand. */
  readonly spec?: Pick<SpecMock, 'ask'>
}

export const WINDOW_MS = 24 * 60 * 60_000
const ACCOUNT = '900800700'
const NUMBER = '15550001111'
const NUMBER_ID = '100200300400500'
const APP = '700600500'
const TOKEN = 'EAA-simulated-token'
const SECRET = 'simulated-app-secret'
const VERIFY = 'simulated-verify-token'

export async function startWhatsAppSimulator(
  options: WhatsAppSimulatorOptions,
): Promise<WhatsAppSimulator> {
  const now = (): number => options.clock.now()
  const phones = new Map<string, OwnPhone>()
  const requests: SimulatedRequest[] = []
  const endings: Ending[] = []
  let refusal: 'answer' | 'status' = 'answer'
  let address: string | undefined
  let ids = 0
  const newId = (): string => `wamid.${Buffer.from(`sim-${++ids}`).toString('base64')}`
  const business = { number: NUMBER, numberId: NUMBER_ID, account: ACCOUNT }
  const account = createAccount({
    ids: { ...business, app: APP },
    hook: () => address,
    base: () => url,
  })
  const hooks = createHooks({ address: () => address, secret: SECRET, business })

  /** What a message brought with it comes back with each of its statuses. */
  const marks = new Map<string, string>()
  const status = (
    to: Pick<Phone, 'number' | 'userId'>,
    id: string,
    state: string,
    code?: number,
  ): void => {
    const mark = marks.get(id)
    hooks.tell('messages', {
      statuses: [
        {
          id,
          status: state,
          timestamp: String(Math.floor(now() / 1000)),
          recipient_id: to.number,
          ...(to.userId === undefined ? {} : { recipient_user_id: to.userId }),
          ...(mark === undefined ? {} : { biz_opaque_callback_data: mark }),
          ...(code === undefined ? {} : { errors: [{ code, title: `Simulated ${code}` }] }),
        },
      ],
    })
  }

  /** Meta's answer to a message, after it did what is to be done. */
  const take = (body: Readonly<Record<string, unknown>>): Reply => {
    const given = String(body['to'] ?? body['recipient']).replace(/^\+/, '')
    const phone = [...phones.values()].find(
      (each) => each.number === given || each.userId === given,
    )
    const template = body['type'] === 'template' ? account.fill(body['template']) : undefined
    if (template?.state === 'refused') return refuse(template.code)
    const open = phone !== undefined && now() - phone.wrote() < WINDOW_MS
    if (phone && !open && !template && refusal === 'answer') return refuse(131047)

    const id = newId()
    if (typeof body['biz_opaque_callback_data'] === 'string') {
      marks.set(id, body['biz_opaque_callback_data'])
    }
    if (!phone) status({ number: given, userId: undefined }, id, 'failed', 131026)
    else if (!open && !template) status(phone, id, 'failed', 131047)
    else {
      status(phone, id, 'sent')
      if (!phone.blocked()) {
        const text = isRecord(body['text']) ? String(body['text']['body']) : (template?.text ?? '')
        phone.deliver({ id, text, template: template?.name, time: now() })
        status(phone, id, 'delivered')
      }
    }
    const contact = phone ? { input: given, wa_id: phone.number } : { input: given, wa_id: given }
    return ok({ messaging_product: 'whatsapp', contacts: [contact], messages: [{ id }] })
  }

  const answer = async (
    method: string,
    path: string,
    headers: Headers,
    body: unknown,
  ): Promise<Reply & { readonly ending?: 'lost' | 'silent' }> => {
    const fault = await inspect(method, path, headers, body)
    if (fault) return fault
    const { pathname } = new URL(path, 'http://graph')
    if (method === 'POST' && pathname.endsWith(`/${NUMBER_ID}/messages`) && isRecord(body)) {
      const ending = endings.shift()
      if (typeof ending !== 'object') return { ...take(body), ...(ending ? { ending } : {}) }
      const { code, status: http, retryAfter } = ending
      const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
      return { ...refuse(code, http), headers: wait }
    }
    return account.look(path) ?? refuse(100, 400, `nothing is at ${pathname}`)
  }

  /** What Meta looks at before anything else. */
  const inspect = async (
    method: string,
    path: string,
    headers: Headers,
    body: unknown,
  ): Promise<Reply | undefined> => {
    const tokens = [`Bearer ${TOKEN}`, `Bearer ${APP}|${SECRET}`]
    if (!tokens.includes(headers.get('authorization') ?? '')) {
      return refuse(190, 401, 'another token')
    }
    if (!/^[\w-]+\/\d+\.\d+\.\d+/.test(headers.get('user-agent') ?? '')) {
      return refuse(100, 400, 'the program has no name/x.y.z')
    }
    if (method !== 'POST') return undefined
    const fault = checkMessage(body)
    if (fault !== undefined) return refuse(100, 400, fault)
    // Older than people's ids, so it is not asked about what goes to one.
    if (!options.spec || (isRecord(body) && 'recipient' in body)) return undefined
    const given = Object.fromEntries(headers)
    const verdict = await options.spec.ask({ method, path, headers: given, body: body as object })
    if (verdict.state === 'accepted') return undefined
    return refuse(100, 400, verdict.reasons.join('; '))
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const { method = '', url: path = '' } = incoming
    const body = parseBody(Buffer.concat(parts).toString())
    const headers = new Headers(
      Object.entries(incoming.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
    )
    const reply = await answer(method, path, headers, body)
    requests.push({ method, path, body, refused: reply.status < 300 ? undefined : reply.reason })
    if (reply.ending === 'lost') incoming.socket.destroy()
    if (reply.ending !== undefined) return
    const type = reply.file?.type ?? 'application/json'
    response.writeHead(reply.status, { 'content-type': type, ...reply.headers })
    response.end(reply.file?.bytes ?? JSON.stringify(reply.json))
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error('a fault of the simulator'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    requests,
    hooks,
    settings: {
      url,
      phoneNumberId: NUMBER_ID,
      accountId: ACCOUNT,
      token: TOKEN,
      appSecret: SECRET,
      verifyToken: VERIFY,
    },
    register(next) {
      address = next
      return hooks.register(VERIFY)
    },
    phone(number, about = {}) {
      const known = phones.get(number)
      if (known) return known
      const { keep } = account
      const phone = createPhone(number, about, {
        hooks,
        business: NUMBER,
        now,
        newId,
        keep,
        status,
      })
      phones.set(number, phone)
      return phone
    },
    writeInApp(to, text) {
      const id = newId()
      const timestamp = String(Math.floor(now() / 1000))
      hooks.tell('smb_message_echoes', {
        message_echoes: [
          { from: NUMBER, to: to.number, id, timestamp, type: 'text', text: { body: text } },
        ],
      })
      return id
    },
    approve: account.approve,
    next(...given) {
      endings.push(...given)
    },
    refuseClosedWindow(by) {
      refusal = by
    },
    close() {
      hooks.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
