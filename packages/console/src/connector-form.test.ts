import { describe, expect, it } from 'vitest'

import { CHATWOOT, lineOf, TWILIO } from '../test/connector-rig.ts'
import { bodyOf, countProblems, formOf, freeId, readProblems } from './connector-form.ts'

const FRESH = { id: 'chatwoot-2', hooks: 'https://relay.test/v1/hooks/' }

describe('form of a connector', () => {
  it('Form: a new one starts empty, with a free name and what its type says', () => {
    const form = formOf(CHATWOOT, undefined, FRESH)
    expect(form).toMatchObject({ id: 'chatwoot-2', role: 'desk', flags: { copies: true } })
    expect(bodyOf(CHATWOOT, form, undefined)).toEqual({
      type: 'chatwoot',
      role: 'desk',
      settings: { copies: true },
    })
  })

  it('Form: the webhook’s own address is filled in where it is asked for', () => {
    const form = formOf(TWILIO, undefined, { ...FRESH, id: 'twilio' })
    expect(form.texts['webhook']).toBe('https://relay.test/v1/hooks/twilio')
    const line = lineOf({ type: 'twilio', settings: { webhook: 'https://old.test/' } })
    expect(formOf(TWILIO, line, FRESH).texts['webhook']).toBe('https://old.test/')
  })

  it('Form: what is saved goes in and comes out the same, with what the form does not know', () => {
    const line = lineOf()
    const form = formOf(CHATWOOT, line, FRESH)
    expect(form.texts['agents']).toBe('Ada\nBo')
    expect(bodyOf(CHATWOOT, form, line).settings).toEqual({
      url: 'https://chat.test/',
      agents: ['Ada', 'Bo'],
      account: 3,
      copies: true,
    })
  })

  it('Secrets: kept ones are not sent, typed ones are trimmed, several are a list, null removes', () => {
    const line = lineOf()
    const form = formOf(CHATWOOT, line, FRESH)
    expect(form.secrets).toEqual({ token: { state: 'kept' }, webhookToken: { state: 'kept' } })
    const { settings } = bodyOf(
      CHATWOOT,
      {
        ...form,
        secrets: {
          token: { state: 'typed', text: ' new \n\n and old ' },
          webhookToken: { state: 'removed' },
        },
      },
      line,
    )
    expect(settings).toMatchObject({ token: ['new', 'and old'], webhookToken: null })
    const one = { ...form, secrets: { token: { state: 'typed', text: ' one\n' } as const } }
    expect(bodyOf(CHATWOOT, one, line).settings['token']).toBe('one')
  })

  it('Form: a role is that of the saved one; both are both', () => {
    expect(formOf(CHATWOOT, lineOf({ roles: ['desk', 'reach'] }), FRESH).role).toBe('both')
    expect(formOf(CHATWOOT, lineOf({ roles: [] }), FRESH).role).toBe('desk')
  })

  it('Form: each problem of a refused save is at its field, as a sentence; none is lost', () => {
    const problems = readProblems(
      [
        'settings.url: an address such as https://example.com is needed',
        'settings.url: a user name in the address is refused',
        'settings.agents[1]: a name is missing',
        'id: "x" is taken',
        'role: chatwoot can be "desk" only',
        'settings.elsewhere: there is no such setting',
        'entry: an object is needed',
      ],
      CHATWOOT,
    )
    expect(problems.at).toEqual({
      url: [
        'An address such as https://example.com is needed.',
        'A user name in the address is refused.',
      ],
      agents: ['A name is missing.'],
      id: ['"x" is taken.'],
      role: ['Chatwoot can be "desk" only.'],
    })
    expect(problems.rest).toEqual([
      'Settings.elsewhere: there is no such setting.',
      'Entry: an object is needed.',
    ])
    expect(countProblems(problems)).toBe(7)
  })

  it('Form: a name that is taken is counted on', () => {
    expect(freeId('slack', [])).toBe('slack')
    expect(freeId('slack', ['slack', 'slack-2'])).toBe('slack-3')
  })
})
