import type { ConnectorIo, Finding } from '../connector.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { inspect } from '../inspection.ts'
import { callGraph } from './graph.ts'
import type { Dialect, Fields, MetaMessagingSettings } from './types.ts'

/** A token that ends so soon is a problem today, ms. */
const ENDS_SOON_MS = 7 * 24 * 3_600_000

/** Asks Meta itself, in the order in which things are set up. */
export async function doctor(
  dialect: Dialect,
  settings: MetaMessagingSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const { findings, check } = inspect()
  const { account, appId, appSecrets } = settings
  const { farSide, me, webhookFields } = dialect
  const ask = (path: string, token?: string): Promise<Fields> =>
    callGraph(token === undefined ? { path } : { path, token }, settings, farSide, io)

  const reached = await check(async () => {
    const found = await ask(`me?fields=${me.id},${me.name}`)
    const id = textOf(found[me.id])
    if (id !== account) throw new Error(`the token is that of ${id ?? 'nobody'}`)
    return `The token is that of ${textOf(found[me.name]) ?? account}.`
  }, `Make a token of this very account, with its messages allowed: its ID is to be ${account}.`)
  if (!reached) return findings

  await check(
    async () => {
      const apps = recordsOf((await ask(`${account}/subscribed_apps`))['data'])
      const app = appId === undefined ? apps[0] : apps.find(({ id }) => String(id) === appId)
      const told: unknown = app?.['subscribed_fields']
      const missing = webhookFields.filter((field) => !Array.isArray(told) || !told.includes(field))
      if (missing.length > 0) throw new Error(`${missing.join(', ')} missing`)
      return `${farSide} tells the app what happens.`
    },
    `Subscribe the app: POST /${account}/subscribed_apps?subscribed_fields=${webhookFields.join(',')}.`,
  )

  if (appId === undefined || dialect.object === 'instagram') {
    findings.push({
      level: 'ok',
      message: 'Webhooks are checked by the app secret; the first one shows whether it is right.',
    })
    return findings
  }
  const asApp = `${appId}|${appSecrets[0] ?? ''}`
  await check(async () => {
    const hooks = recordsOf((await ask(`${appId}/subscriptions`, asApp))['data'])
    const hook = hooks.find(({ object }) => object === dialect.object)
    if (hook?.['active'] !== true) throw new Error(`no webhook for the object "${dialect.object}"`)
    return `Webhooks go to ${textOf(hook['callback_url']) ?? 'an address'}.`
  }, 'Check appId and appSecret, then register the webhook: the app → Webhooks.')
  await check(async () => {
    const query = new URLSearchParams({ input_token: settings.token })
    const token = recordAt(await ask(`debug_token?${query.toString()}`, asApp), 'data')
    const ends = token?.['expires_at']
    if (typeof ends !== 'number' || ends === 0) return 'The token does not end.'
    const day = new Date(ends * 1000).toISOString().slice(0, 10)
    if (ends * 1000 - io.now < ENDS_SOON_MS) throw new Error(`the token ends on ${day}`)
    return `The token lasts until ${day}.`
  }, 'Make a new token, of a system user or from a long-lived token of your own.')
  return findings
}
