/** Wait for something that is bound to happen; reject, with what it was, when it does not. */
export async function until(
  what: string,
  holds: () => unknown,
  ms: number = PATIENCE_MS,
): Promise<void> {
  const late = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > late) throw new Error(`It did not happen within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** Longer than anything takes on a machine with much else to do. */
const PATIENCE_MS = 30_000
const LOOK_MS = 10
