import type { Finding } from './connector.ts'

/** A doctor's list: looks one after the other, each ending in a sentence. */
export interface Inspection {
  readonly findings: Finding[]
  /**
   * A look gives what is fine, as a sentence, or what it found. True when it came to an end; else
   * `advice` is a problem, with the reason behind it.
   */
  check(look: Look, advice: string): Promise<boolean>
}

type Look = () => Promise<string | Finding | readonly Finding[]>

export function inspect(): Inspection {
  const findings: Finding[] = []
  return {
    findings,
    async check(look, advice) {
      try {
        const found = await look()
        const told = typeof found === 'string' ? ({ level: 'ok', message: found } as const) : found
        findings.push(...[told].flat())
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'no answer'
        findings.push({ level: 'problem', message: `${advice} (${reason})` })
        return false
      }
    },
  }
}
