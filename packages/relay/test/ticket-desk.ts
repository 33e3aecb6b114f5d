import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A helpdesk on the loopback that keeps tickets, and loses an answer when a test tells it to. */
export interface TicketDesk {
  readonly url: string
  readonly tickets: readonly DeskTicket[]
  /** The next writing call is done, and its answer never arrives. */
  loseNext(): void
  close(): void
}

export interface DeskTicket {
  readonly id: number
  /** All that was said when it was made, as it was sent. */
  readonly opening: Json
  readonly notes: DeskNote[]
  status: string | number
  updated: string
}

export interface DeskNote {
  readonly id: number
  readonly sent: Json
  readonly time: string
}

export type Json = Readonly<Record<string, unknown>>

/** How a far side speaks: from a request and the tickets to an answer. */
export type Dialect = (
  request: { readonly method: string; readonly path: string; readonly body: Json },
  desk: DeskState,
) => unknown

export interface DeskState {
  readonly tickets: DeskTicket[]
  open(opening: Json, status: string | number): DeskTicket
  note(ticket: DeskTicket, sent: Json): DeskNote
}

export async function startTicketDesk(dialect: Dialect): Promise<TicketDesk> {
  let ids = 70
  let lose = false
  const stamp = (): string => new Date().toISOString()
  const state: DeskState = {
    tickets: [],
    open(opening, status) {
      const ticket = { id: ++ids, opening, notes: [], status, updated: stamp() }
      state.tickets.push(ticket)
      return ticket
    },
    note(ticket, sent) {
      const note = { id: ++ids, sent, time: stamp() }
      ticket.notes.push(note)
      ticket.updated = note.time
      return note
    },
  }
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8')
      const method = incoming.method ?? ''
      const body = text === '' ? {} : (JSON.parse(text) as Json)
      const answer = dialect({ method, path: incoming.url ?? '', body }, state)
      if (lose && method !== 'GET') {
        lose = false
        incoming.socket.destroy()
        return
      }
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tickets: state.tickets,
    loseNext() {
      lose = true
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
