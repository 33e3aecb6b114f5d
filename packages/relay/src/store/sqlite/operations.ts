import type { DatabaseSync } from 'node:sqlite'
import type { HomingError } from '@homing/core'
import { prepareCare } from './care.ts'
import { prepareConnectors } from './connectors.ts'
import { prepareConversations } from './conversations.ts'
import { prepareDelivered } from './delivered.ts'
import { prepareDeliveries } from './deliveries.ts'
import { prepareDesks } from './desks.ts'
import { prepareGuests } from './guests.ts'
import { prepareHandOvers } from './hand-overs.ts'
import { prepareLog } from './log.ts'
import { prepareParts } from './parts.ts'
import { prepareRoutes } from './routes.ts'
import { prepareSessions } from './sessions.ts'
import { prepareSites } from './sites.ts'
import { prepareToldLater } from './told-later.ts'
import { prepareVisitors } from './visitors.ts'
import { prepareWindows } from './windows.ts'

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
  const windows = prepareWindows(db)
  const delivered = prepareDelivered(db)
  const deliveries = prepareDeliveries(db, routes, windows, delivered)
  const parts = prepareParts(db)
  const toldLater = prepareToldLater(db, routes, delivered, parts)
  const desks = prepareDesks(db, routes, deliveries)
  const guests = prepareGuests(db, routes, windows)
  const log = prepareLog(db, visitors, guests, deliveries, desks)
  const conversations = prepareConversations(db)
  const handOvers = prepareHandOvers(db, routes, windows)
  const connectors = prepareConnectors(db)
  const sessions = prepareSessions(db)
  const care = prepareCare(db)

  return {
    writes: {
      append: log.append,
      skipCounter: visitors.take,
      mark: conversations.mark,
      kept: delivered.kept,
      setPage: conversations.setPage,
      setDesks: desks.set,
      claim: deliveries.claim,
      claimBehind: deliveries.claimBehind,
      settle: deliveries.settle,
      confirm: toldLater.confirm,
      deny: toldLater.deny,
      arrivedPart: toldLater.arrivedPart,
      release: deliveries.release,
      replay: deliveries.replay,
      holdConnector: deliveries.hold,
      liftHold: deliveries.liftHold,
      link: routes.link,
      bind: routes.bind,
      unlink: (connector: string, conversation: string) => {
        routes.unlink(connector, conversation)
        parts.forget(connector, conversation)
      },
      moveThread: (connector: string, from: string, to: string) => {
        routes.move(connector, from, to)
        windows.move(connector, from, to)
      },
      openWindow: windows.open,
      closeWindow: windows.close,
      woke: windows.woke,
      opt: windows.opt,
      saveHandOver: handOvers.save,
      handOver: handOvers.look,
      takeHandOver: handOvers.take,
      admitGuest: guests.admit,
      leaveAddress: guests.leaveAddress,
      optAllOut: guests.optAllOut,
      saveConnector: connectors.save,
      dropConnector: connectors.drop,
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
      behind: deliveries.behind,
      together: deliveries.together,
      arrivedParts: parts.all,
      waiting: deliveries.waiting,
      holds: deliveries.holds,
      thread: routes.thread,
      conversationOf: routes.conversationOf,
      opened: routes.opened,
      sent: routes.sent,
      onLine: routes.onLine,
      window: windows.find,
      optedOut: windows.optedOut,
      connectors: connectors.all,
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
