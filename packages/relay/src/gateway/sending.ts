import type { Body, Page, Send } from '@homing/core'
import { HomingError, MAX_TEXT_LENGTH, isText, isUuid } from '@homing/core'
import type { Append } from '../conversation/append.ts'
import { bodyTooLarge } from '../conversation/body-size.ts'
import type { Limits } from '../limits/limits.ts'
import type { Appended, Store } from '../store/store.ts'
import type { Reader } from './reader.ts'

/**
 * A reader's draft on its way into the log: checked, counted against the limits, appended.
 *
 * Retryable refusals (too fast, disk full, a counter too early) leave the device's counter alone,
 * so the same draft comes again. A terminal one takes it, so that it does not hold up the next.
 */
export type SendDraft = (draft: Send, reader: Reader, page: Page | undefined) => Promise<Appended>

export interface SendingOptions {
  readonly store: Pick<Store, 'skipCounter'>
  readonly append: Append
  readonly limits: Pick<Limits, 'visitorSend' | 'agentSend' | 'siteSend'>
}

export function createSending({ store, append, limits }: SendingOptions): SendDraft {
  const refuseDraft = async (draft: Send, reader: Reader, error: HomingError): Promise<never> => {
    if (reader.role === 'visitor') {
      await store.skipCounter(reader.site.key, reader.id, reader.device, draft.n)
    }
    throw error
  }

  return async (draft, reader, page) => {
    const own = reader.role === 'visitor' ? limits.visitorSend : limits.agentSend
    const who = `${reader.site.key} ${reader.id}`
    own.demand(who)
    limits.siteSend.demand(reader.site.key)
    const giveBack = (): void => {
      own.giveBack(who)
      limits.siteSend.giveBack(reader.site.key)
    }
    const problem = checkDraft(draft)
    if (problem) return refuseDraft(draft, reader, problem)
    const common = {
      site: reader.site.key,
      conversation: draft.conversation,
      id: draft.id,
      body: draft.body,
    }
    try {
      const appended = await append(
        reader.role === 'agent'
          ? { ...common, author: { role: 'agent', id: reader.id, name: reader.name } }
          : {
              ...common,
              author: { role: 'visitor', id: reader.id },
              visitor: {
                tokenHash: reader.tokenHash,
                device: reader.device,
                n: draft.n,
                ...(reader.locale === undefined ? {} : { locale: reader.locale }),
              },
              ...(page ? { page } : {}),
            },
      )
      // A repeat: its ack was lost, or several pages have it.
      if (!appended.fresh) giveBack()
      return appended
    } catch (error) {
      // The same draft comes again, and a page that finds its place anew has many of them to send.
      if (error instanceof HomingError && error.code === 'out_of_order') giveBack()
      // Whoever keeps the log may word it as he likes: not yours and not there are one answer.
      if (error instanceof HomingError && error.code === 'not_found') throw notFound()
      throw error
    }
  }
}

export function notFound(): HomingError {
  return new HomingError('not_found', 'There is no such conversation.')
}

function checkDraft(draft: Send): HomingError | undefined {
  if (!isUuid(draft.id)) return badRequest('"id" must be a lower-case UUID.')
  if (!isUuid(draft.conversation)) return badRequest('"conversation" must be a lower-case UUID.')
  return checkText(draft.body)
}

/**
 * People write text over a link. Other bodies of later versions come from programs, through the
 * agents' API: letting a page invent them would let it invent forms and cards for the agents.
 */
function checkText(body: Body): HomingError | undefined {
  if (!isText(body)) return badRequest('"body.type" must be "text".')
  if (body.text.trim() === '') return badRequest('"body.text" must not be empty.')
  if (body.text.length > MAX_TEXT_LENGTH) {
    return new HomingError(
      'too_long',
      `The text has more than ${MAX_TEXT_LENGTH} characters. Send it in parts.`,
    )
  }
  // What else it holds beside its text is kept too.
  return bodyTooLarge(body)
}

function badRequest(message: string): HomingError {
  return new HomingError('bad_request', message)
}
