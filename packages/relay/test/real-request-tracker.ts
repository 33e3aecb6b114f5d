import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, chmodSync, readFileSync } from 'node:fs'
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
  texts(ticket: string): Promise<readonly { type: string; creator: string; text: string }[]>
  correspond(ticket: string, text: string, type?: string): Promise<void>
  setStatus(ticket: string, status: string): Promise<void>
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

const SCRIPT = join(import.meta.dirname, '../../../scripts/real/request-tracker.sh')

/** Why the suite cannot run here; undefined when it can. */
export function missingRequestTracker(): string | undefined {
  if (process.getuid?.() !== 0) return 'Request Tracker is run as www-data, which needs root'
  if (!existsSync('/usr/share/request-tracker5/libexec/rt-server')) {
    return 'Request Tracker is missing: apt-get install --no-install-recommends request-tracker5 rt5-standalone rt5-db-sqlite'
  }
  return undefined
}

export async function startRequestTracker(): Promise<RealRequestTracker> {
  const directory = mkdtempSync(join(tmpdir(), 'homing-rt-'))
  chmodSync(directory, 0o755)
  const [port, hookPort] = [await freePort(), await freePort()]
  const secret = 'a secret of the real test suite'
  const url = `http://127.0.0.1:${port}`
  const hook = `http://127.0.0.1:${hookPort}/v1/hooks/rt`
  const up = async (): Promise<void> => {
    await promisify(execFile)(SCRIPT, [directory, String(port), hook, secret])
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
    async texts(ticket) {
      const history = (await rest(
        `/ticket/${ticket}/history?fields=Type,Creator&orderby=id&per_page=100`,
      )) as { items: { id: string; Type: string; Creator: { id: string } }[] }
      const texts: { type: string; creator: string; text: string }[] = []
      for (const { id, Type, Creator } of history.items) {
        if (!['Create', 'Correspond', 'Comment'].includes(Type)) continue
        const parts = (await rest(`/transaction/${id}/attachments?fields=Content,ContentType`)) as {
          items: { Content: string; ContentType: string }[]
        }
        const text = parts.items.find(({ ContentType }) => ContentType === 'text/plain')
        texts.push({ type: Type, creator: Creator.id, text: text?.Content ?? '' })
      }
      return texts
    },
    async correspond(ticket, text, type = 'text/plain') {
      const body = { Content: text, ContentType: type }
      await rest(`/ticket/${ticket}/correspond`, { method: 'POST', body, agent: true })
    },
    async setStatus(ticket, status) {
      await rest(`/ticket/${ticket}`, { method: 'PUT', body: { Status: status }, agent: true })
    },
    down,
    up,
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
