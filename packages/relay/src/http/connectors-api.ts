import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import { Hono } from 'hono'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { Finding } from '../connectors/connector.ts'
import type { Outside } from '../connectors/outside.ts'
import { ioOf } from '../connectors/outside.ts'
import { CONNECTOR_TYPES } from '../connectors/registry.ts'
import type { Roster, RosterLine } from '../connectors/roster.ts'
import type { Store } from '../store/store.ts'
import { readJson } from './agents-requests.ts'
import type { SiteOf } from './site-of.ts'

/**
 * Connectors, as the console's forms set them up. Part of the agents' API: behind its gate.
 *
 *   GET    /connector-types            what there is, what each asks for, and the relay's address
 *   GET    /connectors                 those of the site, with how they are
 *   PUT    /connectors/:id             {"type","role","settings"}; secrets left out stay, null takes one away
 *   DELETE /connectors/:id             204
 *   POST   /connectors/:id/doctor      {"findings"}: is everything well over there?
 *
 * A secret goes in and never comes out.
 */
export interface ConnectorsApiOptions extends Outside {
  readonly roster: Roster
  readonly store: Pick<Store, 'parked' | 'holds'>
  readonly clock: Pick<Clock, 'now'>
  readonly publicUrl: string
  readonly siteOf: SiteOf
}

/** A far side may take so long to answer all its checks, ms. */
const DOCTOR_TIMEOUT_MS = 15_000

export function connectorsApi(options: ConnectorsApiOptions): Hono {
  const { roster, store, clock, publicUrl, siteOf } = options
  const app = new Hono()

  app.get('/connector-types', (context) =>
    context.json({
      relay: publicUrl,
      types: CONNECTOR_TYPES.map(({ name, capabilities: { roles, line, webhooks }, fields }) => ({
        name,
        roles,
        line,
        webhooks,
        fields,
      })),
    }),
  )

  app.get('/connectors', async (context) => {
    const site = await siteOf(context)
    const [parked, holds] = await Promise.all([store.parked(site), store.holds(clock.now())])
    const lines = roster.list(site).map((line) => {
      const ids = idsOf(line)
      const hold = holds.find(({ connector }) => ids.includes(connector))
      return {
        ...line,
        webhook: `${publicUrl}/v1/hooks/${line.id}`,
        parked: parked.filter(({ connector }) => ids.includes(connector)).length,
        ...(hold ? { hold: { until: hold.until, reason: hold.reason } } : {}),
      }
    })
    return context.json({ connectors: lines })
  })

  app.put('/connectors/:id', async (context) => {
    const site = await siteOf(context)
    const { type, role, settings } = await readJson(context)
    if (typeof type !== 'string') throw new HomingError('bad_request', '"type" must be a text.')
    const id = context.req.param('id')
    const saved = await roster.save({ id, site, type, role, settings })
    if (!saved.ok) {
      const error = {
        code: 'bad_request',
        message: saved.problems.join('. '),
        retryable: false,
        problems: saved.problems,
      }
      return context.json({ error }, 400)
    }
    return context.json({ connector: saved.settings })
  })

  app.delete('/connectors/:id', async (context) => {
    const site = await siteOf(context)
    if (!(await roster.remove(context.req.param('id'), site))) throw NOT_FOUND()
    return context.body(null, 204)
  })

  app.post('/connectors/:id/doctor', async (context) => {
    const site = await siteOf(context)
    const hook = context.req.param('id')
    const connector = roster.ofSite(site).find((each) => each.hook === hook)
    if (!connector) throw NOT_FOUND()
    return context.json({ findings: await examine(connector) })
  })

  const examine = async (connector: ConfiguredConnector): Promise<readonly Finding[]> => {
    const signal = AbortSignal.timeout(DOCTOR_TIMEOUT_MS)
    try {
      return await connector.doctor(ioOf(options, signal, clock.now()))
    } catch {
      return [{ level: 'problem', message: 'The checks did not come to an end. Try again.' }]
    }
  }

  const idsOf = ({ id }: RosterLine): readonly string[] =>
    [...roster.connectors.values()].filter(({ hook }) => hook === id).map((each) => each.id)

  return app
}

const NOT_FOUND = () => new HomingError('not_found', 'There is no such connector.')
