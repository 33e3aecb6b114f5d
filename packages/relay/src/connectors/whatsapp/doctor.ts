import type { ConnectorIo, Finding } from '../connector.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { inspect } from '../inspection.ts'
import { isRecord } from '../settings.ts'
import { callGraph } from './graph.ts'
import type { Fields, WhatsAppSettings } from './types.ts'

const RIGHTS = ['whatsapp_business_messaging', 'whatsapp_business_management']

/** Asks Meta itself, in the order in which things are set up. */
export async function doctor(
  settings: WhatsAppSettings,
  io: ConnectorIo,
): Promise<readonly Finding[]> {
  const { findings, check } = inspect()
  const ask = async (path: string, token = settings.token): Promise<Fields> => {
    const answer = await callGraph({ ...settings, token }, io, path)
    return isRecord(answer) ? answer : {}
  }

  const reached = await check(async () => {
    const fields = 'display_phone_number,verified_name,quality_rating'
    const number = await ask(`${settings.phoneNumberId}?fields=${fields}`)
    const named = textOf(number['verified_name']) ?? 'without a verified name'
    const quality = textOf(number['quality_rating'])
    return `The token sends from ${textOf(number['display_phone_number']) ?? 'the number'}, ${named}${
      quality === undefined ? '' : `, quality ${quality.toLowerCase()}`
    }.`
  }, 'Check phoneNumberId and token: both are on Meta’s page WhatsApp → API Setup.')
  if (!reached) return findings

  let app: string | undefined
  await check(async () => {
    const query = new URLSearchParams({ input_token: settings.token })
    const token = recordAt(await ask(`debug_token?${query.toString()}`), 'data')
    app = textOf(token?.['app_id'])
    return tokenFinding(token, io.now)
  }, 'The token could not be looked at, so nobody knows when it ends.')

  if (app !== undefined) {
    const id = app
    await check(async () => {
      const secret = settings.appSecrets[0] ?? ''
      const { data } = await ask(`${id}/subscriptions`, `${id}|${secret}`)
      return webhookFinding(data)
    }, 'Check appSecret: Meta does not take it for this app, so no webhook would verify.')
  }

  if (settings.accountId !== undefined) {
    const { accountId, template } = settings
    await check(async () => {
      const { data } = await ask(`${accountId}/subscribed_apps`)
      return recordsOf(data).length > 0
        ? 'The business account sends its webhooks to an app.'
        : problem(`Subscribe the app to the account: POST /${accountId}/subscribed_apps.`)
    }, 'Check accountId, and give the token whatsapp_business_management.')
    if (template) {
      await check(async () => {
        const query = new URLSearchParams({ name: template.name })
        const { data } = await ask(`${accountId}/message_templates?${query.toString()}`)
        return templateFinding(data, template.name, template.language)
      }, 'The template could not be looked up.')
    }
  }
  if (!settings.template) findings.push(withoutTemplate(settings))
  return findings
}

function tokenFinding(token: Fields | undefined, now: number): string | Finding {
  const scopes = token?.['scopes']
  const granted: readonly unknown[] = Array.isArray(scopes) ? scopes : []
  const missing = RIGHTS.filter((right) => !granted.includes(right))
  if (missing.length > 0) return problem(`Make a token with ${missing.join(' and ')}.`)
  const ends = token?.['expires_at']
  if (typeof ends !== 'number' || ends === 0) return 'The token does not end.'
  const hours = Math.round((ends * 1000 - now) / 3_600_000)
  return problem(
    `The token ends in ${hours} hours: make one for a system user, which does not end.`,
  )
}

function webhookFinding(data: unknown): string | Finding {
  const ours = recordsOf(data).find(({ object }) => object === 'whatsapp_business_account')
  if (!ours) return problem('Register the webhook: Meta’s page WhatsApp → Configuration.')
  const fields = recordsOf(ours['fields']).map((field) => textOf(field['name']))
  const address = textOf(ours['callback_url']) ?? 'nowhere'
  if (!fields.includes('messages')) {
    return problem(`Meta posts to ${address}, but not "messages": tick that field.`)
  }
  return `The app secret is right, and Meta posts messages to ${address}.`
}

function templateFinding(data: unknown, name: string, language: string): string | Finding {
  const named = recordsOf(data).filter((template) => template['name'] === name)
  const ours = named.find((template) => template['language'] === language)
  if (!ours) {
    const others = named.map((template) => textOf(template['language'])).filter(Boolean)
    const there = others.length > 0 ? `, only in ${others.join(', ')}` : ''
    return problem(`There is no template "${name}" in "${language}"${there}.`)
  }
  const status = textOf(ours['status']) ?? 'unknown'
  if (status !== 'APPROVED') return problem(`The template "${name}" is not approved: ${status}.`)
  return `The template "${name}" is approved.`
}

function withoutTemplate({ merchant }: WhatsAppSettings): Finding {
  return merchant === undefined
    ? {
        level: 'ok',
        message: 'There is no template, so a visitor silent for 24 hours is not written to.',
      }
    : problem('Name a template: without one the merchant hears nothing after 24 silent hours.')
}

function problem(message: string): Finding {
  return { level: 'problem', message }
}
