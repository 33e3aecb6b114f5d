import { execFile, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './delivery-parts.ts'
import { freePort } from './real-request-tracker.ts'

/** An exim and a dovecot of the tests' own: see scripts/real/mail-servers.sh for who is where. */
export interface RealMailServers {
  readonly smtpPort: number
  readonly imapPort: number
  readonly imapsPort: number
  /** The authority behind the servers' certificate for localhost, PEM. */
  readonly ca: string
  /** A command that sends the mail it reads. */
  readonly sendmail: string
  /** Sends a mail as it is; to whom is in its headers. */
  send(mail: string, from?: string): Promise<void>
  /** The mails in the mailbox. */
  mails(): readonly string[]
  /** The mailbox's server goes away; `recounted`: with its counts of the mails. */
  stopMailbox(recounted?: boolean): Promise<void>
  startMailbox(): Promise<void>
  stop(): Promise<void>
}

const SCRIPT = join(import.meta.dirname, '../../../scripts/real/mail-servers.sh')
const START_MS = 20_000

/** Why the suite cannot run here; undefined when it can. */
export function missingMailServers(): string | undefined {
  if (process.getuid?.() !== 0) return 'the mail servers are run as www-data, which needs root'
  for (const file of ['/usr/sbin/exim4', '/usr/sbin/dovecot', '/usr/bin/rt-mailgate-5']) {
    if (!existsSync(file)) {
      return `${file} is missing: apt-get install --no-install-recommends exim4-daemon-light dovecot-imapd rt5-clients`
    }
  }
  return undefined
}

export async function startMailServers(trackerPort: number): Promise<RealMailServers> {
  const directory = mkdtempSync(join(tmpdir(), 'homing-mail-'))
  chmodSync(directory, 0o755)
  const [smtpPort, imapPort, imapsPort] = [await freePort(), await freePort(), await freePort()]
  const ports = [smtpPort, imapPort, imapsPort, trackerPort].map(String)
  await promisify(execFile)(SCRIPT, [directory, ...ports])
  const box = join(directory, 'boxes/chat.test')
  const sendmail = `exim4 -C ${directory}/exim.conf -oi -t`
  const pidOf = (name: string): number =>
    Number(readFileSync(join(directory, `${name}.pid`), 'utf8'))
  let mailbox: number | undefined = pidOf('dovecot')

  const end = async (pid: number): Promise<void> => {
    process.kill(pid)
    await until('it is gone', () => Promise.resolve(!runs(pid)), START_MS)
  }
  const stopMailbox = async (recounted = false): Promise<void> => {
    if (mailbox !== undefined) await end(mailbox)
    mailbox = undefined
    if (!recounted) return
    for (const name of readdirSync(box)) if (name.startsWith('dovecot')) rmSync(join(box, name))
  }

  return {
    smtpPort,
    imapPort,
    imapsPort,
    ca: readFileSync(join(directory, 'ca.pem'), 'utf8'),
    sendmail,
    async send(mail, from) {
      const [command = '', ...rest] = sendmail.split(' ')
      const given = from === undefined ? rest : [...rest, '-f', from]
      await new Promise<void>((resolve, reject) => {
        // As www-data, whom exim believes the sender.
        const child = spawn(command, given, {
          uid: 33,
          gid: 33,
          stdio: ['pipe', 'ignore', 'ignore'],
        })
        child.on('error', reject)
        child.on('exit', (code) => {
          if (code === 0) resolve()
          else reject(new Error(`exim ended with ${code}`))
        })
        child.stdin.end(mail)
      })
    },
    mails: () =>
      ['new', 'cur'].flatMap((folder) => {
        const path = join(box, folder)
        if (!existsSync(path)) return []
        return readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'))
      }),
    stopMailbox,
    async startMailbox() {
      const child = spawn('dovecot', ['-F', '-c', join(directory, 'dovecot.conf')], {
        stdio: 'ignore',
      })
      mailbox = child.pid
    },
    async stop() {
      await stopMailbox()
      await end(pidOf('exim'))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // Dead, and not yet asked for by the one that started it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
