import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './delivery-parts.ts'

/** A Request Tracker of the tests' own, and an agent at its desk. */
export interface RealRequestTracker {
  readonly url: string
  readonly token: string
  readonly secret: string
  /** Where RT posts its webhooks. */
  readonly hookPort: number
  readonly relayToken: string
  tickets(): Promise<readonly { id: string; Subject: string; Status: string }[]>
  /** Texts of a ticket's mails and comments, oldest first. */
  texts(ticket: string): Promise<readonly Transaction[]>
  /** Everything that happened on a ticket, oldest first. */
  transactions(ticket: string): Promise<readonly Transaction[]>
  correspond(ticket: string, text: string, type?: string): Promise<void>
  setStatus(ticket: string, status: string): Promise<void>
  /** Every mail it sent, oldest first. */
  mails(): readonly string[]
  down(): Promise<void>
  /** On the same data. */
  up(): Promise<void>
  /** It still takes connections and bytes, but does nothing until `thaw`. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export interface Transaction {
  readonly type: string
  readonly creator: string
  /** What a `Status` was changed to. */
  readonly value: string
  /** Of mails and comments. */
  readonly text: string
}

const WORDS: ReadonlySet<string> = new Set(['Create', 'Correspond', 'Comment'])

const SCRIPT = join(import.meta.dirname, '../../../scripts/real/request-tracker.sh')

/** Why the suite cannot run here; undefined when it can. */
export function missingRequestTracker(): string | undefined {
  if (process.getuid?.() !== 0) return 'Request Tracker is run as www-data, which needs root'
  if (!existsSync('/usr/share/request-tracker5/libexec/rt-server')) {
    return 'Request Tracker is missing: apt-get install --no-install-recommends request-tracker5 rt5-standalone rt5-db-sqlite'
  }
  return undefined
}

export interface RequestTrackerOptions {
  readonly port?: number
  /** A command that gets every mail it sends. */
  readonly sendmail?: string
}

export async function startRequestTracker(
  options: RequestTrackerOptions = {},
): Promise<RealRequestTracker> {
  const directory = mkdtempSync(join(tmpdir(), 'homing-rt-'))
  chmodSync(directory, 0o755)
  const [port, hookPort] = [options.port ?? (await freePort()), await freePort()]
  const secret = 'a secret of the real test suite'
  const url = `http://127.0.0.1:${port}`
  const hook = `http://127.0.0.1:${hookPort}/v1/hooks/rt`
  const up = async (): Promise<void> => {
    const env = { ...process.env, SENDMAIL: options.sendmail ?? '' }
    await promisify(execFile)(SCRIPT, [directory, String(port), hook, secret], { env })
  }
  const pid = (): number => Number(readFileSync(join(directory, 'rt.pid'), 'utf8'))
  const down = async (): Promise<void> => {
    process.kill(pid())
    await until('RT is down', async () => !(await accepts(port)), 10_000)
  }
  await up()
  const token = readFileSync(join(directory, 'token'), 'utf8').trim()

  const rest = async (
    path: string,
    init: { method?: string; body?: unknown; agent?: boolean } = {},
  ): Promise<unknown> => {
    const agent = `Basic ${Buffer.from('agent1:agent-pass-1').toString('base64')}`
    const response = await fetch(`${url}/REST/2.0${path}`, {
      method: init.method ?? 'GET',
      headers: {
        authorization: init.agent ? agent : `token ${token}`,
        'content-type': 'application/json',
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    })
    if (!response.ok) throw new Error(`RT ${response.status} ${await response.text()}`)
    return response.json()
  }

  const transactions = async (ticket: string): Promise<readonly Transaction[]> => {
    const history = (await rest(
      `/ticket/${ticket}/history?fields=Type,Creator,NewValue&orderby=id&per_page=100`,
    )) as { items: { id: string; Type: string; Creator: { id: string }; NewValue?: string }[] }
    const found: Transaction[] = []
    for (const { id, Type, Creator, NewValue } of history.items) {
      const text = WORDS.has(Type) ? await textOf(id) : ''
      found.push({ type: Type, creator: Creator.id, value: NewValue ?? '', text })
    }
    return found
  }

  const textOf = async (transaction: string): Promise<string> => {
    const parts = (await rest(
      `/transaction/${transaction}/attachments?fields=Content,ContentType`,
    )) as { items: { Content: string; ContentType: string }[] }
    return parts.items.find(({ ContentType }) => ContentType === 'text/plain')?.Content ?? ''
  }

  /** To RT and the workers it has forked. */
  const signal = (name: NodeJS.Signals): void => {
    process.kill(-pid(), name)
  }

  return {
    url,
    token,
    secret,
    hookPort,
    relayToken: token,
    async tickets() {
      const answer = await rest(`/tickets?query=id>0&fields=Subject,Status&orderby=id&per_page=100`)
      return (answer as { items: { id: string; Subject: string; Status: string }[] }).items
    },
    texts: async (ticket) => (await transactions(ticket)).filter(({ type }) => WORDS.has(type)),
    transactions,
    async correspond(ticket, text, type = 'text/plain') {
      const body = { Content: text, ContentType: type }
      await rest(`/ticket/${ticket}/correspond`, { method: 'POST', body, agent: true })
    },
    async setStatus(ticket, status) {
      await rest(`/ticket/${ticket}`, { method: 'PUT', body: { Status: status }, agent: true })
    },
    mails: () =>
      readdirSync(join(directory, 'mail'))
        .toSorted()
        .map((name) => readFileSync(join(directory, 'mail', name), 'utf8')),
    down,
    up,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      if (await accepts(port)) await down()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
