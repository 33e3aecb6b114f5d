import type { Random } from '../../packages/core/src/index.ts'
import type { ChannelLike } from '../../packages/widget/src/link/tabs.ts'
import type { Program } from './world.ts'

/**
 * What the tabs of one browser have between them: a channel and a lock. A frozen page hears
 * later; a lock it holds, or is given, it keeps. A page that is gone gives up both.
 */
export interface TabLine {
  channel(page: Program): ChannelLike
  locks(page: Program): Pick<LockManager, 'request'>
}

interface Waiting {
  readonly page: Program
  readonly callback: () => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

const LATENCY_MS = 3

export function createTabLine(random: Random): TabLine {
  type Listener = (event: { readonly data: unknown }) => void
  const ends = new Map<
    ChannelLike,
    { readonly page: Program; readonly listeners: Listener[]; readonly inbox: unknown[] }
  >()
  let held: Waiting | undefined
  let line: Waiting[] = []

  const release = (waiting: Waiting): void => {
    if (held === waiting) {
      held = undefined
      grant()
    } else line = line.filter((other) => other !== waiting)
  }

  const grant = (): void => {
    if (held) return
    const next = line.shift()
    if (!next) return
    held = next
    next.page.after(random() * LATENCY_MS, () => {
      // Stolen before it was noticed.
      if (held !== next) return
      Promise.resolve(next.callback())
        .then(next.resolve, next.reject)
        .finally(() => release(next))
    })
  }

  return {
    channel: (page) => {
      const channel: ChannelLike = {
        addEventListener: (_, listener) => void ends.get(channel)?.listeners.push(listener),
        postMessage: (data) => {
          if (ends.size < 2) return
          const copy = structuredClone(data)
          for (const [other, end] of ends) {
            if (other === channel) continue
            // In the order they were posted.
            end.inbox.push(copy)
            end.page.after(random() * LATENCY_MS, () => {
              const next = end.inbox.shift()
              for (const listener of ends.get(other)?.listeners ?? []) listener({ data: next })
            })
          }
        },
        close: () => void ends.delete(channel),
      }
      ends.set(channel, { page, listeners: [], inbox: [] })
      page.onGone(() => ends.delete(channel))
      return channel
    },

    locks: (page) => ({
      request: ((_name: string, options: LockOptions, callback: () => Promise<unknown>) =>
        new Promise<unknown>((resolve, reject) => {
          const waiting: Waiting = { page, callback, resolve, reject }
          page.onGone(() => release(waiting))
          if (options.steal === true) {
            const robbed = held
            held = undefined
            robbed?.page.after(random() * LATENCY_MS, () =>
              robbed.reject(new DOMException('stolen', 'AbortError')),
            )
            line = [waiting, ...line]
          } else line.push(waiting)
          options.signal?.addEventListener('abort', () => {
            if (!line.includes(waiting)) return
            line = line.filter((other) => other !== waiting)
            reject(new DOMException('left the line', 'AbortError'))
          })
          grant()
        })) as unknown as LockManager['request'],
    }),
  }
}
