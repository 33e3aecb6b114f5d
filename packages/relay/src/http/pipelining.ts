import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Requests of one line that may be under way at once. Browsers and proxies have one; whoever sends
 * hundreds in one go would keep everybody else waiting until all of them are answered.
 */
export const MAX_PIPELINED = 8

/** Hands requests on, and cuts the line that has too many of them. */
export function limitPipelining(answer: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, number>()
  return (request, response) => {
    const line = request.socket
    // The rest of what came in the same packet.
    if (line.destroyed) return
    const count = (underWay.get(line) ?? 0) + 1
    if (count > MAX_PIPELINED) {
      line.destroy()
      return
    }
    underWay.set(line, count)
    response.once('close', () => underWay.set(line, (underWay.get(line) ?? 1) - 1))
    answer(request, response)
  }
}
