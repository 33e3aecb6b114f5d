import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

import { WEBHOOK_SECRET } from './webhook-sender.ts'

/** A far side on the loopback that takes the relay's webhooks, well or badly. */
export interface WebhookSink {
  readonly url: string
  /** Every try, in the order in which they came; each signature was right. */
  readonly tries: readonly Try[]
  /** What it says to a try; 204 when not set. */
  answer(behaviour: (attempt: Try) => Behaviour): void
  close(): void
}

export interface Try {
  /** `webhook-id`: the delivery's key. */
  readonly key: string
  readonly conversation: string
  /** The entry's draft id; undefined where the event is no message. */
  readonly id: string | undefined
  /** Of the entry; undefined where the event is no message. */
  readonly seq: number | undefined
  readonly text: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** What it was answered. */
  readonly answered: Behaviour
}

/** A status, `hang`: read and never answered, or `reset`: read and the line cut. */
export type Behaviour =
  | number
  /** `retryAfter`: seconds. */
  | { readonly status: number; readonly retryAfter: number }
  | 'hang'
  | 'reset'

export async function openWebhookSink(): Promise<WebhookSink> {
  const library = new Webhook(WEBHOOK_SECRET)
  const tries: Try[] = []
  let behave: (attempt: Try) => Behaviour = () => 204

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const { data } = library.verify(Buffer.concat(parts).toString(), headers) as {
        data: { conversation: { id: string }; message?: { id: string; seq: number; text?: string } }
      }
      const attempt: Try = {
        key: headers['webhook-id'] ?? '',
        conversation: data.conversation.id,
        id: data.message?.id,
        seq: data.message?.seq,
        text: data.message?.text,
        at: Date.now(),
        answered: 204,
      }
      const answered = behave(attempt)
      tries.push({ ...attempt, answered })
      answer(response, answered)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/homing`,
    tries,
    answer: (behaviour) => {
      behave = behaviour
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'hang') return
  if (behaviour === 'reset') {
    response.destroy()
    return
  }
  if (typeof behaviour === 'number') response.writeHead(behaviour).end()
  else response.writeHead(behaviour.status, { 'retry-after': String(behaviour.retryAfter) }).end()
}
