import type { DatabaseSync } from 'node:sqlite'
import type { HomingError } from '@homing/core'
import { prepareCare } from './care.ts'
import { prepareConversations } from './conversations.ts'
import { prepareDeliveries } from './deliveries.ts'
import { prepareLog } from './log.ts'
import { prepareRoutes } from './routes.ts'
import { prepareSessions } from './sessions.ts'
import { prepareSites } from './sites.ts'
import { prepareVisitors } from './visitors.ts'

/**
 * Everything the log's thread can be asked, by name.
 *
 * A write that throws has changed nothing. One that returns a HomingError is refused too, but
 * what it wrote stays.
 */
export function prepareOperations(db: DatabaseSync) {
  const sites = prepareSites(db)
  const visitors = prepareVisitors(db)
  const routes = prepareRoutes(db)
  const deliveries = prepareDeliveries(db, routes)
  const log = prepareLog(db, visitors, deliveries)
  const conversations = prepareConversations(db)
  const sessions = prepareSessions(db)
  const care = prepareCare(db)

  return {
    writes: {
      append: log.append,
      skipCounter: visitors.take,
      mark: conversations.mark,
      setPage: conversations.setPage,
      claim: deliveries.claim,
      settle: deliveries.settle,
      replay: deliveries.replay,
      holdConnector: deliveries.hold,
      link: routes.link,
      saveCursor: routes.saveCursor,
      saveSite: sites.save,
      saveSession: sessions.save,
      dropSession: sessions.drop,
      check: care.check,
    },
    reads: {
      sites: sites.all,
      visitor: visitors.byToken,
      deviceCounter: visitors.counter,
      readAfter: log.after,
      readBefore: log.before,
      conversation: conversations.find,
      conversations: conversations.list,
      nextDue: deliveries.nextDue,
      parked: deliveries.parked,
      thread: routes.thread,
      conversationOf: routes.conversationOf,
      isEcho: routes.isEcho,
      cursor: routes.cursor,
      session: sessions.find,
      figures: care.figures,
    },
    identity: care.identity,
    endLeases: deliveries.endLeases,
  }
}

type Prepared = ReturnType<typeof prepareOperations>
type Operations = Prepared['writes'] & Prepared['reads']

export type OperationName = keyof Operations
export type OperationArguments<Name extends OperationName> = Parameters<Operations[Name]>
export type OperationResult<Name extends OperationName> = Exclude<
  ReturnType<Operations[Name]>,
  HomingError
>

/** One thing asked, as it crosses to the log's thread. */
export interface Job {
  readonly name: OperationName
  readonly values: readonly unknown[]
}
