import { existsSync, readFileSync, readdirSync } from 'node:fs'

/** What a process holds, as Linux tells it. */
export interface Holdings {
  /** Memory that is its own now, MiB. */
  readonly rss: number
  /** Open files and sockets. */
  readonly files: number
}

export function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  return { rss: kib / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}

/** The most memory it holds until the returned stop is called, MiB. */
export function watchMemory(pid: number): () => number {
  let most = holdingsOf(pid).rss
  const timer = setInterval(() => {
    // It may have ended, when the test that watched it failed.
    if (existsSync(`/proc/${pid}/fd`)) most = Math.max(most, holdingsOf(pid).rss)
    else clearInterval(timer)
  }, 50)
  return () => {
    clearInterval(timer)
    return most
  }
}
