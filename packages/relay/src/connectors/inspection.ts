import type { Finding } from './connector.ts'

/** A doctor's list: looks one after the other, each ending in a sentence. */
export interface Inspection {
  readonly findings: Finding[]
  /** True when the look came to an end. Else `advice` is a problem, with the reason behind it. */
  check(look: () => Promise<string>, advice: string): Promise<boolean>
}

export function inspect(): Inspection {
  const findings: Finding[] = []
  return {
    findings,
    async check(look, advice) {
      try {
        findings.push({ level: 'ok', message: await look() })
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'no answer'
        findings.push({ level: 'problem', message: `${advice} (${reason})` })
        return false
      }
    },
  }
}
