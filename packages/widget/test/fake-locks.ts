/** Web Locks of one browser, shared by its tabs: exclusive, first come first served, can be stolen. */
export function createFakeLocks(): Pick<LockManager, 'request'> {
  interface Waiting {
    readonly run: () => Promise<unknown>
    readonly reject: (error: Error) => void
  }
  let held: Waiting | undefined
  let line: Waiting[] = []

  const next = (): void => {
    if (held) return
    const waiting = line.shift()
    if (!waiting) return
    held = waiting
    void waiting.run().finally(() => {
      if (held === waiting) held = undefined
      next()
    })
  }

  return {
    request: ((_name: string, options: LockOptions, callback: () => Promise<unknown>) =>
      new Promise<unknown>((resolve, reject) => {
        const waiting: Waiting = {
          run: () => Promise.resolve(callback()).then(resolve, reject),
          reject,
        }
        if (options.steal === true) {
          held?.reject(new DOMException('stolen', 'AbortError'))
          held = undefined
          line = [waiting, ...line]
        } else line.push(waiting)
        options.signal?.addEventListener('abort', () => {
          if (!line.includes(waiting)) return
          line = line.filter((other) => other !== waiting)
          reject(new DOMException('left the line', 'AbortError'))
        })
        queueMicrotask(next)
      })) as unknown as LockManager['request'],
  }
}
