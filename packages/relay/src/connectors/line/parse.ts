import type { Author } from '@homing/core'
import { MAX_ID_LENGTH } from '@homing/core'
import type { Fact, RawWebhook, Where } from '../connector.ts'
import { parseJson } from '../json.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { contentOf } from './content.ts'
import type { LineSettings } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A webhook has many events, or none: that is LINE asking whether the address works. Messages of
 * the merchant are the desk's, of anybody else a visitor's. What we send never comes back.
 */
export function parse(request: RawWebhook, settings: LineSettings): readonly Fact[] {
  const events = recordsOf(recordAt(parseJson(request.body))?.['events'])
  return events.flatMap((event) => factOf(event, settings) ?? [])
}

function factOf(event: Fields, settings: LineSettings): Fact | undefined {
  // In standby another program answers this person.
  if (event['mode'] !== 'active') return undefined
  const user = userOf(event['source'])
  const id = textOf(event['webhookEventId'])
  if (user === undefined || id === undefined) return undefined
  const { timestamp } = event
  const time = typeof timestamp === 'number' ? { time: timestamp } : {}
  const desk = user === settings.merchant

  switch (event['type']) {
    case 'message': {
      const message = recordAt(event, 'message')
      const externalId = textOf(message?.['id'])
      const content = message && contentOf(message)
      if (externalId === undefined || !content) return undefined
      return {
        kind: 'message',
        event: id,
        side: desk ? 'desk' : 'reach',
        where: desk ? lineOf(user, textOf(message['quotedMessageId'])) : { thread: user },
        ...time,
        externalId,
        author: desk ? merchantOf(user, settings) : { role: 'visitor', id: user },
        echo: false,
        ...content,
      }
    }
    case 'follow':
    case 'unfollow': {
      if (desk) return undefined
      const out = event['type'] === 'unfollow'
      return { kind: 'opt', event: id, side: 'reach', where: { thread: user }, ...time, out }
    }
    default:
      return undefined
  }
}

/** Groups and rooms have a userId too: what is said there is not said to us. */
function userOf(source: unknown): string | undefined {
  const from = recordAt(source)
  const user = from?.['type'] === 'user' ? textOf(from['userId']) : undefined
  return user !== undefined && user.length <= MAX_ID_LENGTH ? user : undefined
}

function lineOf(line: string, quoted: string | undefined): Where {
  return quoted === undefined ? { line } : { line, quoted }
}

function merchantOf(id: string, { merchantName }: LineSettings): Author {
  return { role: 'agent', id, ...(merchantName === undefined ? {} : { name: merchantName }) }
}
