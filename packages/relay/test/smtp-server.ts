import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'

/**
 * A mail server that answers as it is told, for what no healthy one does. The steps are named by
 * the first word of the command, `hello` for the greeting and `end` for the dot after the mail.
 */
export interface SmtpServer {
  readonly port: number
  /** What was said to it, line by line. */
  readonly heard: readonly string[]
  /** Answers ("550 5.1.1 no"), one after the other, the last one again. "cut" and "silent" are none. */
  at(step: string, ...answers: readonly string[]): void
  close(): void
}

const USUAL: Readonly<Record<string, string>> = {
  hello: '220 mx.test ready',
  EHLO: '250-mx.test\r\n250 AUTH PLAIN',
  AUTH: '235 welcome',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  end: '250 taken',
  QUIT: '221 bye',
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const answers = new Map(Object.entries(USUAL).map(([step, usual]) => [step, [usual]]))
  const heard: string[] = []
  const sockets = new Set<Socket>()

  const server = createServer((socket) => {
    sockets.add(socket)
    let text = false
    let rest = ''
    const answer = (step: string): void => {
      const said = answers.get(step) ?? []
      const what = (said.length > 1 ? said.shift() : said[0]) ?? '502 what?'
      if (what === 'cut') socket.destroy()
      else if (what !== 'silent') socket.write(`${what}\r\n`)
      if (step === 'DATA') text = what.startsWith('354')
    }
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data) => {
      const lines = (rest + data.toString('latin1')).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        heard.push(line)
        if (!text) answer(line.split(' ', 1)[0]?.toUpperCase() ?? '')
        else if (line === '.') {
          text = false
          answer('end')
        }
      }
    })
    answer('hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    heard,
    at: (step, ...said) => void answers.set(step, [...said]),
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
