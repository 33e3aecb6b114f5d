import { describe, expect, test } from 'vitest'
import { configureConnectors, unknownSites } from './configure.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const GOOD = {
  id: 'bot',
  site: 'pk_demo',
  type: 'webhook',
  role: 'desk',
  settings: { url: 'https://bot.test/', secrets: [SECRET] },
}
const WHATSAPP = {
  id: 'shop',
  site: 'pk_demo',
  type: 'whatsapp',
  settings: {
    phoneNumberId: '106540352242922',
    token: 'EAA-token',
    appSecret: 'an app secret',
    verifyToken: 'a word',
    merchant: '+49 170 12345678',
  },
}

function problemsOf(entries: unknown): readonly string[] {
  const parsed = configureConnectors(entries)
  return parsed.ok ? [] : parsed.problems
}

describe('the connectors file', () => {
  test('good entries are bound to their settings', () => {
    const parsed = configureConnectors([GOOD, { ...GOOD, id: 'bot-2', role: undefined }])
    expect(parsed.ok && parsed.settings.map(({ id, type, site }) => [id, type, site])).toEqual([
      ['bot', 'webhook', 'pk_demo'],
      ['bot-2', 'webhook', 'pk_demo'],
    ])
    expect(configureConnectors([])).toEqual({ ok: true, settings: [] })
  })

  test('every problem of every entry is listed, with its place', () => {
    const problems = problemsOf([
      { ...GOOD, id: 'No good' },
      GOOD,
      { ...GOOD, settings: { url: 'x' } },
      { ...GOOD, id: 'other', type: 'carrier-pigeon', site: 'demo', role: 'phone' },
      { ...GOOD, id: 'half', type: 'request-tracker', settings: { url: 'https://rt.test' } },
      'entry',
    ])
    for (const start of [
      'connectors[0].id:',
      'connectors[2].id: "bot" is used twice',
      'connectors[2].settings.url:',
      'connectors[2].settings.secrets:',
      'connectors[3].type: one of webhook, request-tracker',
      'connectors[3].site:',
      'connectors[3].role:',
      'connectors[4].settings.token:',
      'connectors[4].settings.rtname:',
      'connectors[4].settings.visitorDomain:',
      'connectors[4].settings.webhookSecrets:',
      'connectors[5].entry:',
    ]) {
      expect(
        problems.some((problem) => problem.startsWith(start)),
        start,
      ).toBe(true)
    }
    expect(problems.some((problem) => problem.startsWith('connectors[1]'))).toBe(false)
  })

  test('"both" is a desk and a reach with one webhook and the same settings', () => {
    const entry = { ...WHATSAPP, role: 'both' }
    const parsed = configureConnectors([entry, { ...WHATSAPP, id: 'phone', role: 'reach' }])
    expect(parsed.ok ? [] : parsed.problems).toEqual([])
    const bound = parsed.ok ? parsed.settings : []
    expect(bound.map(({ id, hook, role }) => [id, hook, role])).toEqual([
      ['shop', 'shop', 'desk'],
      ['shop~reach', 'shop', 'reach'],
      ['phone', 'phone', 'reach'],
    ])
    expect(problemsOf([{ ...entry, id: 'shop~reach' }])[0]).toMatch(/^connectors\[0\]\.id:/)
  })

  test('a role that a far side cannot be is named, and so is what it can be', () => {
    expect(problemsOf([{ ...GOOD, role: 'reach' }])).toEqual([
      'connectors[0].role: webhook can be "desk" only',
    ])
    expect(problemsOf([{ ...GOOD, role: 'both' }])).toEqual([
      'connectors[0].role: webhook can be "desk" only',
    ])
    expect(problemsOf([{ ...WHATSAPP, role: 'button' }])).toEqual([
      'connectors[0].role: whatsapp can be "desk", "reach" or "both"',
    ])
  })

  test('problems of the settings of "both" are told once', () => {
    const problems = problemsOf([{ ...WHATSAPP, role: 'both', settings: {} }])
    expect(problems.length).toBeGreaterThan(1)
    expect(new Set(problems).size).toBe(problems.length)
  })

  test.each([undefined, null, {}, 'x'])('%j is no list', (entries) => {
    expect(problemsOf(entries)).toEqual(['connectors: a list is needed'])
  })

  test('sites that do not exist are named', () => {
    const parsed = configureConnectors([GOOD])
    const connectors = parsed.ok ? parsed.settings : []
    expect(unknownSites(connectors, ['pk_demo'])).toEqual([])
    expect(unknownSites(connectors, ['pk_other'])).toEqual([
      'connector "bot": there is no site "pk_demo"',
    ])
  })
})
