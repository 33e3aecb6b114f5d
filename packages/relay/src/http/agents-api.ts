import type { Author, Body, Clock, RandomBytes } from '@homing/core'
import { HomingError, MAX_FRAME_BYTES, MAX_PAGE_ENTRIES, isUuid, uuidv7 } from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { limitBody } from './limit-body.ts'
import type { Append } from '../conversation/append.ts'
import type { ChooseDesks } from '../conversation/desks.ts'
import type { Mark } from '../conversation/mark.ts'
import type { Limiter } from '../limits/limiter.ts'
import { readSite } from '../sites/read-site.ts'
import type { Sites } from '../sites/sites.ts'
import type { Conversation, ConversationLine, Store } from '../store/store.ts'
import type { AgentsGate } from './agents-gate.ts'
import { createConversationOf } from './conversation-of.ts'
import { createSiteOf } from './site-of.ts'
import { readDesks, readEntryRequest, readJson, readWhole } from './agents-requests.ts'

/**
 * What agents can do over HTTP; bots, scripts and the console use it.
 *
 *   GET   /api/v1/conversations?status=open&limit=50&before=…   newest activity first
 *   GET   /api/v1/conversations/:id
 *   GET   /api/v1/conversations/:id/entries?after=0&limit=200   or ?before=…
 *   POST  /api/v1/conversations/:id/entries    {"id","body"}    201, a repeat 200, another body 409
 *   POST  /api/v1/conversations/:id/read       {"seq"}          without seq: all
 *   PATCH /api/v1/conversations/:id            {"status"}
 *   PUT   /api/v1/conversations/:id/desks      {"desks":[…]}    null: all of the site
 *   GET   /api/v1/deliveries?state=parked
 *   POST  /api/v1/deliveries/:id/replay
 *   GET   /api/v1/sites
 *   PUT   /api/v1/sites/:key                   the whole site
 *
 * `?site=pk_…` chooses the site; it may be left out where there is only one.
 */
export interface AgentsApiOptions {
  readonly store: Pick<
    Store,
    'epoch' | 'conversation' | 'conversations' | 'readAfter' | 'readBefore' | 'parked' | 'replay'
  >
  readonly append: Append
  readonly mark: Mark
  readonly chooseDesks: ChooseDesks
  readonly sites: Sites
  readonly gate: AgentsGate
  readonly limiter: Limiter
  readonly clock: Pick<Clock, 'now'>
  readonly randomBytes: RandomBytes
  readonly ipOf: (context: Context) => string
  /** Further addresses behind the same gate, below /api/v1. */
  readonly parts?: readonly Hono[]
  /** A parked delivery is due again. */
  readonly nudge: () => void
}

const DEFAULT_LIST = 50
const MAX_LIST = 200

type Env = { Variables: { author: Author } }

export function agentsApi(options: AgentsApiOptions): Hono<Env> {
  const { store, append, mark, sites, gate, limiter, clock, randomBytes, ipOf, nudge } = options
  const app = new Hono<Env>()

  app.use('/api/v1/*', async (context, next) => {
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
    limiter.demand(ipOf(context))
    context.set('author', await gate(context.req.raw))
    await next()
  })
  app.use('/api/v1/*', limitBody(MAX_FRAME_BYTES))

  const siteOf = createSiteOf(sites)
  const conversationOf = createConversationOf(store)

  app.get('/api/v1/conversations', async (context) => {
    const status = context.req.query('status')
    if (status !== undefined && status !== 'open' && status !== 'resolved') {
      throw new HomingError('bad_request', '"status" must be open or resolved.')
    }
    const before = context.req.query('before')
    const lines = await store.conversations({
      site: await siteOf(context),
      limit: readWhole(context.req.query('limit'), 'limit', 1, MAX_LIST) ?? DEFAULT_LIST,
      ...(status === undefined ? {} : { status }),
      ...(before === undefined ? {} : { before: readWhole(before, 'before', 1) ?? 0 }),
    })
    return context.json({ conversations: lines.map(lineOf) })
  })

  app.get('/api/v1/conversations/:id', async (context) =>
    context.json({ conversation: conversationJson(await conversationOf(context)) }),
  )

  app.get('/api/v1/conversations/:id/entries', async (context) => {
    const { id } = await conversationOf(context)
    const { after, before, limit } = context.req.query()
    const count = readWhole(limit, 'limit', 1, MAX_PAGE_ENTRIES) ?? MAX_PAGE_ENTRIES
    const entries =
      before === undefined
        ? await store.readAfter(id, readWhole(after, 'after', 0) ?? 0, count)
        : await store.readBefore(id, readWhole(before, 'before', 1) ?? 1, count)
    return context.json({ conversation: id, epoch: store.epoch, entries })
  })

  app.post('/api/v1/conversations/:id/entries', async (context) => {
    const { id: conversation, site } = await conversationOf(context)
    const { id, body } = readEntryRequest(conversation, await readJson(context))
    const author = context.get('author')
    const { fresh, entry } = await append({ site, conversation, id, author, body })
    return context.json({ entry }, fresh ? 201 : 200)
  })

  app.post('/api/v1/conversations/:id/read', async (context) => {
    const found = await conversationOf(context)
    const { seq } = await readJson(context, { optional: true })
    const upTo = seq === undefined ? found.head : readWhole(seq, 'seq', 0)
    await mark({ ...found, visitor: found.visitor.id }, 'agent', upTo ?? 0)
    return context.body(null, 204)
  })

  app.patch('/api/v1/conversations/:id', async (context) => {
    const found = await conversationOf(context)
    const { status } = await readJson(context)
    if (status !== 'open' && status !== 'resolved') {
      throw new HomingError('bad_request', '"status" must be open or resolved.')
    }
    if (status !== found.status) {
      const body: Body = { type: 'status', status }
      const { id: conversation, site } = found
      const id = uuidv7(clock.now(), randomBytes)
      await append({ site, conversation, id, author: context.get('author'), body })
    }
    return context.json({ conversation: conversationJson(await conversationOf(context)) })
  })

  app.put('/api/v1/conversations/:id/desks', async (context) => {
    const found = await conversationOf(context)
    await options.chooseDesks(found, readDesks(await readJson(context)))
    return context.json({ conversation: conversationJson(await conversationOf(context)) })
  })

  app.get('/api/v1/deliveries', async (context) => {
    if (context.req.query('state') !== 'parked') {
      throw new HomingError('bad_request', 'Only parked deliveries are listed: ?state=parked')
    }
    return context.json({ deliveries: await store.parked(await siteOf(context)) })
  })

  app.post('/api/v1/deliveries/:id/replay', async (context) => {
    const id = context.req.param('id')
    if (!isUuid(id) || !(await store.replay(id, clock.now()))) {
      throw new HomingError('not_found', 'No delivery with this id is parked.')
    }
    nudge()
    return context.body(null, 204)
  })

  app.get('/api/v1/sites', async (context) => context.json({ sites: await sites.all() }))

  app.put('/api/v1/sites/:key', async (context) => {
    const read = readSite({ ...(await readJson(context)), key: context.req.param('key') })
    if (!read.ok) throw new HomingError('bad_request', read.problems.join(' '))
    await sites.save(read.site)
    return context.json({ site: read.site })
  })

  for (const part of options.parts ?? []) app.route('/api/v1', part)

  app.all('/api/*', () => {
    throw new HomingError('not_found', 'There is no such address in the API.')
  })
  return app
}

function lineOf(line: ConversationLine) {
  return {
    ...conversationJson(line),
    unread: line.unread,
    ...(line.last ? { last: line.last } : {}),
  }
}

function conversationJson(conversation: Conversation) {
  const { id, site, visitor, head, status, read, page, created, updated, desks } = conversation
  return {
    id,
    site,
    visitor,
    head,
    status,
    read,
    created,
    updated,
    ...(page ? { page } : {}),
    ...(desks ? { desks } : {}),
  }
}
