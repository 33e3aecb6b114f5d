import { createHmac } from 'node:crypto'

/**
 * Meta's side of webhooks: signed, one after the other, again until somebody answers 2xx. While
 * held they pile up, and are let go in an order, in batches or as doubles, as Meta may do.
 */
export interface Hooks {
  /** One change of `field`; when nothing is held, it is on its way at once. */
  tell(field: string, value: object): void
  hold(): void
  release(how?: Release): void
  /** Everything told was answered with 2xx. Rejects after too many refusals, with what was said. */
  settled(): Promise<void>
  /** Asks the address as Meta does at registration; false when it is not answered as it has to be. */
  register(verifyToken: string): Promise<boolean>
  readonly posted: readonly Posted[]
  close(): void
}

export interface Release {
  readonly order?: 'as it came' | 'reversed'
  /** All of it in one post. */
  readonly batch?: boolean
  readonly twice?: boolean
}

export interface Posted {
  readonly body: string
  readonly status: number
}

export interface HooksOptions {
  readonly address: () => string | undefined
  readonly secret: string
  readonly business: {
    readonly number: string
    readonly numberId: string
    readonly account: string
  }
}

interface Change {
  readonly field: string
  readonly value: object
}

/** Meta waits for minutes and comes again for days; a test has no such time, ms. */
const AGAIN_MS = 50
const MAX_TRIES = 100

export function createHooks({ address, secret, business }: HooksOptions): Hooks {
  const posted: Posted[] = []
  let queue: (readonly Change[])[] = []
  let held = false
  let closed = false
  let pump: Promise<void> = Promise.resolve()

  const bodyOf = (changes: readonly Change[]): string =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: changes.map(({ field, value }) => ({
        id: business.account,
        changes: [{ field, value: { ...valueHead(business), ...value } }],
      })),
    })

  const post = async (body: string): Promise<number> => {
    const url = address()
    if (url === undefined) return 0
    const digest = createHmac('sha256', secret).update(body).digest('hex')
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'facebookexternalua',
        'x-hub-signature-256': `sha256=${digest}`,
      },
      body,
    }).catch(() => undefined)
    await response?.arrayBuffer()
    return response?.status ?? 0
  }

  const run = async (): Promise<void> => {
    for (;;) {
      const changes = held || closed ? undefined : queue[0]
      if (!changes) return
      const body = bodyOf(changes)
      for (let tries = 1; ; tries++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as Meta does
        const status = await post(body)
        posted.push({ body, status })
        if (status >= 200 && status < 300) break
        if (closed) return
        if (tries === MAX_TRIES) throw new Error(`the webhook was answered ${status}: ${body}`)
        // oxlint-disable-next-line no-await-in-loop
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
      queue = queue.filter((each) => each !== changes)
    }
  }

  const start = (): void => {
    pump = pump.then(run)
    // Whoever awaits `settled` hears of it.
    pump.catch(() => undefined)
  }

  return {
    posted,
    tell(field, value) {
      queue.push([{ field, value }])
      if (!held) start()
    },
    hold() {
      held = true
    },
    release({ order = 'as it came', batch = false, twice = false } = {}) {
      const sorted = order === 'reversed' ? queue.toReversed() : queue
      const grouped = batch && sorted.length > 0 ? [sorted.flat()] : sorted
      // A double is a post of its own, not the same one once more.
      queue = twice ? grouped.flatMap((each) => [each, [...each]]) : grouped
      held = false
      start()
    },
    async settled() {
      let seen: Promise<void> | undefined
      while (seen !== pump) {
        seen = pump
        // oxlint-disable-next-line no-await-in-loop -- what was told meanwhile counts, too
        await pump
      }
    },
    async register(verifyToken) {
      const url = new URL(address() ?? 'http://nowhere.invalid')
      url.searchParams.set('hub.mode', 'subscribe')
      url.searchParams.set('hub.verify_token', verifyToken)
      url.searchParams.set('hub.challenge', '1158201444')
      const response = await fetch(url).catch(() => undefined)
      return response?.status === 200 && (await response.text()) === '1158201444'
    },
    close() {
      closed = true
    },
  }
}

function valueHead({ number, numberId }: HooksOptions['business']): object {
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: number, phone_number_id: numberId },
  }
}
