import type { EmailSettings, ReadMail } from './types.ts'

/** May these be an agent's words? Its address alone leaks by forwarding, so the sender counts. */
export function mayAnswer(mail: ReadMail, settings: EmailSettings): boolean {
  const { from } = mail
  if (!from) return false
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  const { addresses, domains } = settings.agents
  if (!addresses.has(from.address) && !domains.has(domain)) return false
  return settings.authority === undefined || isGenuine(mail, domain, settings.authority)
}

/** Did a machine send it by itself? Of a mailing list's mark alone it cannot be told: desks set it too. */
export function isAutomatic(mail: ReadMail): boolean {
  const has = (name: string): boolean => mail.header(name).length > 0
  const says = (name: string, words: RegExp): boolean =>
    mail.header(name).some((value) => words.test(value.trim()))
  return (
    mail.header('auto-submitted').some((value) => !/^no\b/i.test(value.trim())) ||
    says('return-path', /^<\s*>$/) ||
    says('precedence', /^auto[-_]reply\b/i) ||
    says('content-type', /^multipart\/report\b/i) ||
    has('x-autoreply') ||
    has('x-autorespond') ||
    has('x-autoresponse')
  )
}

/** Our mail server found that the mail comes from where it says (DMARC). */
function isGenuine(mail: ReadMail, domain: string, authority: string): boolean {
  // Only the topmost word of our own server counts: what is below may have come along.
  const words = mail
    .header('authentication-results')
    .map(withoutComments)
    .find((value) => value.split(';', 1)[0]?.trim().split(/\s/)[0]?.toLowerCase() === authority)
  return (words ?? '')
    .toLowerCase()
    .split(';')
    .some((result) => {
      if (!/^\s*dmarc\s*=\s*pass\b/.test(result)) return false
      const from = /\bheader\.from\s*=\s*"?([^\s;"]+)/.exec(result)?.[1]
      return from === undefined || from === domain
    })
}

function withoutComments(value: string): string {
  return value.replace(/\([^()]*\)/g, ' ')
}
