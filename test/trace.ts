import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { endWithUs, stopChild } from './child.ts'

/** What a process asks of the kernel, by strace: which bytes went where, and when it was over. */
export interface Trace {
  /** End it and give the calls, in the order in which they began. */
  end(): Promise<readonly Call[]>
}

export interface Call {
  readonly thread: number
  readonly name: string
  /** The file or socket of its first argument. */
  readonly file: string
  /** Arguments and result as strace writes them, data unshortened. */
  readonly text: string
  /** Lines of the trace at which it began and returned; equal when nothing came in between. */
  readonly begun: number
  readonly returned: number
}

/** Longer than any write of the relay. */
const MAX_DATA_BYTES = 4 * 1024 * 1024
const ATTACH_TIMEOUT_MS = 10_000

/** Undefined where processes can be traced, else why they cannot. */
export function whyNoTrace(): string | undefined {
  if (spawnSync('strace', ['-V']).status === 0) return undefined
  return 'strace not found: apt-get install strace'
}

/** Follow a running process, all its threads and those it starts. */
export async function traceProcess(pid: number, calls: readonly string[]): Promise<Trace> {
  const directory = await mkdtemp(join(tmpdir(), 'homing-trace-'))
  const file = join(directory, 'trace')
  const what = ['-f', '-y', '-s', String(MAX_DATA_BYTES), '-e', `trace=${calls.join()}`]
  const strace = spawn('strace', [...what, '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  endWithUs(strace)
  await new Promise<void>((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => reject(new Error(`strace: ${said}`)), ATTACH_TIMEOUT_MS)
    strace.stderr.on('data', (piece: Buffer) => {
      said += piece.toString()
      if (!said.includes(' attached')) return
      clearTimeout(late)
      resolve()
    })
    strace.once('exit', () => reject(new Error(`strace: ${said}`)))
  })
  return {
    async end() {
      // It lets go of the process and leaves it running.
      await stopChild(strace, 'SIGINT')
      const text = await readFile(file, 'utf8')
      await rm(directory, { recursive: true })
      return readTrace(text)
    },
  }
}

/** One line a call, but for those that another thread's call came in between of: they have two. */
export function readTrace(trace: string): readonly Call[] {
  const begun = new Map<string, { readonly text: string; readonly line: number }>()
  const calls: Call[] = []
  for (const [line, full] of trace.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(full) ?? []
    const unfinished = / ?<unfinished \.\.\.>$/.exec(rest)
    if (unfinished) {
      begun.set(thread, { text: rest.slice(0, unfinished.index), line })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const start = resumed ? begun.get(thread) : undefined
    const text = resumed ? `${start?.text ?? ''}${resumed[1]}` : rest
    const [, name, file] = /^(\w+)\(\d+<([^>]*)>/.exec(text) ?? []
    if (name === undefined || file === undefined) continue
    calls.push({
      thread: Number(thread),
      name,
      file,
      text,
      begun: start?.line ?? line,
      returned: line,
    })
  }
  return calls.toSorted((a, b) => a.begun - b.begun)
}
