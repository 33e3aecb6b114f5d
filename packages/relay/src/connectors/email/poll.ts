import type { MailPosition } from '../../mail/mail-port.ts'
import type { ConnectorIo, Fact } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { factsOf } from './facts.ts'
import { mailFailure, mailOf } from '../mail-failures.ts'
import { readMail } from './read-mail.ts'
import type { EmailSettings } from './types.ts'

/** How far back is read again when the server has counted its mails anew, ms. Each counts once. */
const RECOUNT_BACK_MS = 3 * 24 * 3_600_000

/** What came into the mailbox. The cursor is the server's count and the last mail's number in it. */
export async function poll(
  cursor: string | undefined,
  settings: EmailSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const since = io.now - RECOUNT_BACK_MS
  try {
    const found = await mailOf(io).collect(settings.imap, readCursor(cursor), since, io.signal)
    const facts: Fact[] = []
    for (const { bytes, place, cut } of found.mails) {
      // oxlint-disable-next-line no-await-in-loop -- in order, and one in memory at a time
      const mail = await readMail(bytes)
      if (mail) facts.push(...factsOf(mail, place, cut, settings))
    }
    return { facts, cursor: JSON.stringify(found.position) }
  } catch (error) {
    throw mailFailure(error)
  }
}

function readCursor(cursor: string | undefined): MailPosition | undefined {
  const parsed = cursor === undefined ? undefined : parseJson(new TextEncoder().encode(cursor))
  if (!isRecord(parsed)) return undefined
  const { validity, uid } = parsed
  return typeof validity === 'string' && typeof uid === 'number' ? { validity, uid } : undefined
}
