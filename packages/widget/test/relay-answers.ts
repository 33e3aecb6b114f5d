import { onTestFinished, vi } from 'vitest'

/**
 * What is asked of the relay past the link is answered so, in order; then nobody answers any more.
 * Returns what was asked: address and body.
 */
export function relayAnswers(
  ...answers: readonly (Response | Error | Promise<Response>)[]
): unknown[] {
  const asked: unknown[] = []
  const left = [...answers]
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    asked.push([url, JSON.parse(init?.body as string)])
    const answer = left.shift() ?? new Error('nobody')
    if (answer instanceof Error) throw answer
    return answer
  })
  onTestFinished(() => fetched.mockRestore())
  return asked
}

/** As the relay refuses. */
export function refusal(status: number, code: string): Response {
  return Response.json({ error: { code, message: 'No.', retryable: false } }, { status })
}
