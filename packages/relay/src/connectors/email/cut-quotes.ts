/**
 * What a person wrote in an answer, without the mail it answers. To lose a person's words is worse
 * than to show a quotation, so only what is surely quoted goes.
 *
 * Lines that begin with ">" go where the mail says that it quotes: our marker stands in them, or a
 * line such as "Mia wrote:" before them. Answers between and below such lines stay. Without ">",
 * everything goes from our marker, or from a line that begins an older mail, to the end.
 */
export const MARKER = '##- Please write your answer above this line -##'

const QUOTED = /^\s*>/
/** "On Monday, Mia wrote:" and the like, in the languages mail programs say it in. */
const WROTE =
  /\b(?:wrote|writes|schrieb|a écrit|escribi[óo]|ha scritto|schreef|escreveu|skrev|napisał(?:\(a\))?|kirjoitti|написал)\b.*:\s*$/iu
/** "-----Original Message-----". */
const ORIGINAL =
  /^\s*-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original)\s*-{2,}\s*$/iu
/** Outlook's block: "From:", then "Sent:" within the next lines. */
const FROM = /^\s*\*?(?:from|von|de|da|van)\s*:\*?\s+\S/iu
const SENT = /^\s*\*?(?:sent|gesendet|envoyé|enviado|inviato|verzonden|date|datum)\s*:\*?\s+\S/iu
const SENT_WITHIN = 4
/** Lines a "… wrote:" may be broken into. */
const WROTE_LINES = 3
const SIGNATURE = /^-- $/

export function cutQuotes(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  return withoutSignature(unquoted(upToOlder(lines)))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Up to where an older mail begins that is not marked by ">". */
function upToOlder(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line, index) => {
    if (QUOTED.test(line)) return false
    if (line.includes(MARKER) || ORIGINAL.test(line)) return true
    if (FROM.test(line)) return lines.slice(index + 1, index + SENT_WITHIN).some(isSent)
    // Lines marked by ">" are looked at one by one later.
    return WROTE.test(line) && !introducesQuote(lines, index)
  })
  if (at < 0) return lines
  const above = lines.slice(0, wroteStart(lines, at))
  // With nothing above it, it is no answer above an older mail.
  return above.some((line) => line.trim() !== '') ? above : lines
}

function isSent(line: string): boolean {
  return SENT.test(line)
}

/** Without the lines marked by ">" where the mail says that it quotes. */
function unquoted(lines: readonly string[]): readonly string[] {
  const quotes = lines.some(
    (line, index) =>
      QUOTED.test(line) && (line.includes(MARKER) || introduced(lines, index) !== undefined),
  )
  if (!quotes) return lines
  const dropped = new Set<number>()
  for (const [index, line] of lines.entries()) {
    if (!QUOTED.test(line)) continue
    dropped.add(index)
    const start = introduced(lines, index)
    for (let at = start ?? index; at < index; at++) dropped.add(at)
  }
  return lines.filter((_, index) => !dropped.has(index))
}

/** Where the "… wrote:" before a quoted line begins. */
function introduced(lines: readonly string[], quoted: number): number | undefined {
  let at = quoted - 1
  while (at >= 0 && lines[at]?.trim() === '') at--
  const line = lines[at]
  if (line === undefined || QUOTED.test(line)) return undefined
  if (WROTE.test(line)) return wroteStart(lines, at)
  // In any language: a line with an address or a time that ends with a colon.
  return /(?:@|\d{1,2}:\d{2}).*:\s*$/.test(line) ? wroteStart(lines, at) : undefined
}

/** "On Mon, 1 Jan 2026" may stand on lines of its own before "Mia wrote:". */
function wroteStart(lines: readonly string[], end: number): number {
  let start = end
  while (start > 0 && end - start < WROTE_LINES - 1) {
    const before = lines[start - 1] ?? ''
    if (before.trim() === '' || QUOTED.test(before)) break
    start--
  }
  const first = lines[start] ?? ''
  return /^\s*(?:on|am|le|el|il|op|em|den|w dniu)\b/iu.test(first) ? start : end
}

function introducesQuote(lines: readonly string[], at: number): boolean {
  const next = lines.slice(at + 1).find((line) => line.trim() !== '')
  return next !== undefined && QUOTED.test(next)
}

function withoutSignature(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => SIGNATURE.test(line))
  return at < 0 ? lines : lines.slice(0, at)
}
