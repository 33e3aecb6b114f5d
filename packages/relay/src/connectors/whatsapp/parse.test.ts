import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ANN,
  ANN_ID,
  BUSINESS,
  MERCHANT,
  NUMBER_ID,
  STAMP,
  change,
  message,
  status,
  text,
} from '../../../test/fixtures/whatsapp/webhooks.ts'
import type { Fact } from '../connector.ts'
import { parse } from './parse.ts'
import type { WhatsAppSettings } from './types.ts'

const SETTINGS: WhatsAppSettings = {
  base: 'https://graph.test/v23.0',
  number: undefined,
  phoneNumberId: NUMBER_ID,
  accountId: undefined,
  token: 't',
  appSecrets: ['s'],
  verifyToken: 'v',
  merchant: MERCHANT,
  template: undefined,
}
const TIME = Number(STAMP) * 1000

function facts(body: unknown, settings: Partial<WhatsAppSettings> = {}): readonly Fact[] {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  const request = { method: 'POST', headers: {}, url: '/', body: bytes } as const
  return parse(request, { ...SETTINGS, ...settings })
}

/** The words of the one message, or the fallback of what has none. */
function said(content: Record<string, unknown>): string {
  const [fact] = facts(message(content))
  if (fact?.kind !== 'message') return ''
  const { body } = fact
  return String('text' in body ? body.text : (body as { fallback?: string }).fallback)
}

describe('who it is from', () => {
  test('a visitor: his own thread, his name, his words, his time', () => {
    expect(facts(message(text('hi 👋\n')))).toEqual([
      {
        kind: 'message',
        event: 'message:wamid.in1',
        externalId: 'wamid.in1',
        side: 'reach',
        where: { thread: ANN },
        time: TIME,
        author: { role: 'visitor', id: ANN, name: 'Ann Example' },
        contact: { name: 'Ann Example' },
        body: { type: 'text', text: 'hi 👋' },
        echo: false,
      },
    ])
  })

  test('the merchant: an answer on the line, with what was quoted', () => {
    const context = { from: BUSINESS, id: 'wamid.out7' }
    expect(facts(message({ ...text('it is'), context }, MERCHANT, 'Mia'))).toEqual([
      {
        kind: 'message',
        event: 'message:wamid.in1',
        externalId: 'wamid.in1',
        side: 'desk',
        where: { line: MERCHANT, quoted: 'wamid.out7' },
        time: TIME,
        author: { role: 'agent', id: `whatsapp:${MERCHANT}`, name: 'Mia' },
        body: { type: 'text', text: 'it is' },
        echo: false,
      },
    ])
    const [plain] = facts(message(text('/done'), MERCHANT))
    expect(plain?.where).toEqual({ line: MERCHANT })
  })

  test("without a merchant's number that phone is a visitor's like any other", () => {
    const [fact] = facts(message(text('hi'), MERCHANT), { merchant: undefined })
    expect(fact).toMatchObject({ side: 'reach', where: { thread: MERCHANT } })
  })

  test.each([
    ['5215512345678', '525512345678'],
    ['5491123456789', '541123456789'],
    ['5511912345678', '551112345678'],
  ])('a number that WhatsApp writes as %s and people as %s is one', (theirs, typed) => {
    for (const [from, merchant] of [
      [theirs, typed],
      [typed, theirs],
    ] as const) {
      expect(facts(message(text('hi'), from), { merchant })).toMatchObject([{ side: 'desk' }])
    }
  })

  test('somebody without a number is known by the id Meta gives', () => {
    const from = { from_user_id: ANN_ID, id: 'wamid.in1', timestamp: STAMP, ...text('hi') }
    const contacts = [{ profile: { name: 'Ann', username: 'ann.e' }, user_id: ANN_ID }]
    expect(facts(change({ contacts, messages: [from] }))).toMatchObject([
      { kind: 'message', where: { thread: ANN_ID }, author: { id: ANN_ID, name: 'Ann' } },
    ])
  })

  test('when Meta tells the id beside the number, the thread gets the name that lasts, once', () => {
    const body = message(text('hi'))
    const both = JSON.parse(
      JSON.stringify(body).replace(`"wa_id":"${ANN}"`, `"wa_id":"${ANN}","user_id":"${ANN_ID}"`),
    ) as object
    const told = facts(both)
    expect(told).toMatchObject([
      { kind: 'moved', where: { thread: ANN }, thread: ANN_ID, event: `moved:${ANN}:${ANN_ID}` },
      { kind: 'message', where: { thread: ANN_ID } },
    ])
    expect(facts(both)).toEqual(told)
    // The merchant's line is named by the settings.
    expect(facts(both, { merchant: ANN_ID })).toMatchObject([{ kind: 'message', side: 'desk' }])
  })

  test('a new number moves the thread, and so does a new id', () => {
    const system = { type: 'user_changed_number', wa_id: '41790000000', body: 'changed' }
    expect(facts(message({ type: 'system', system }))).toMatchObject([
      { kind: 'moved', where: { thread: ANN }, thread: '41790000000' },
    ])
    const id = { type: 'user_changed_user_id', previous_user_id: ANN_ID, user_id: 'CH.99' }
    const moved = facts(
      change({ messages: [{ id: 'wamid.s', from_user_id: ANN_ID, type: 'system', system: id }] }),
    )
    expect(moved).toMatchObject([{ kind: 'moved', where: { thread: ANN_ID }, thread: 'CH.99' }])
    expect(facts(message({ type: 'system', system: { type: 'other', wa_id: '1' } }))).toEqual([])
  })

  test('in a batch each gets the name of his own contact', () => {
    const contacts = [
      { profile: { name: 'Bea' }, wa_id: '4179000' },
      { profile: { name: 'Ann' }, wa_id: ANN },
    ]
    const messages = [
      { from: ANN, id: 'wamid.1', ...text('one') },
      { from: '4179000', id: 'wamid.2', ...text('two') },
      { from: '4179999', id: 'wamid.3', ...text('three') },
    ]
    const names = facts(change({ contacts, messages })).map(
      (fact) => fact.kind === 'message' && fact.author.name,
    )
    expect(names).toEqual(['Ann', 'Bea', undefined])
  })
})

describe('what was said', () => {
  test.each([
    ['a button', { type: 'button', button: { text: 'Yes please', payload: 'YES' } }, 'Yes please'],
    [
      'a choice of a list',
      {
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'x', title: 'Express' } },
      },
      'Express',
    ],
    [
      'a place',
      { type: 'location', location: { latitude: 47.4, longitude: 8.5, name: 'Tea house' } },
      '📍 Tea house\nhttps://www.google.com/maps?q=47.4,8.5',
    ],
    [
      'a contact',
      {
        type: 'contacts',
        contacts: [{ name: { formatted_name: 'Lee' }, phones: [{ phone: '+41 79' }] }],
      },
      '👤 Lee, +41 79',
    ],
    [
      'an order',
      {
        type: 'order',
        order: {
          product_items: [
            { product_retailer_id: 'cup', quantity: 2, item_price: 30, currency: 'CHF' },
          ],
        },
      },
      '🛒 2 × cup (30 CHF)\n',
    ],
    [
      'a changed message',
      { type: 'edit', edit: { message: { type: 'text', text: { body: 'the red one' } } } },
      '✏️ the red one',
    ],
    ['a deleted one', { type: 'revoke', revoke: {} }, 'Deleted a message on WhatsApp.'],
    [
      'what WhatsApp does not pass on',
      { type: 'unsupported', errors: [{ code: 131051 }] },
      'Sent something that WhatsApp does not pass on.',
    ],
    [
      'a type of later years',
      { type: 'hologram', hologram: {} },
      'Sent something that WhatsApp does not pass on.',
    ],
  ])('%s is told in words', (_name, content, words) => {
    expect(said(content)).toBe(words.trimEnd())
  })

  test.each(['image', 'video', 'audio', 'document', 'sticker'])('%s comes as a file', (type) => {
    const part = { id: '77700', mime_type: 'a/b', filename: 'a.b', caption: 'look' }
    expect(facts(message({ type, [type]: part }))).toMatchObject([
      {
        body: { type: 'text', text: 'look' },
        media: [{ reference: '77700', name: 'a.b', type: 'a/b' }],
      },
    ])
  })

  test('a file without a caption has no words of its own', () => {
    const [fact] = facts(message({ type: 'image', image: { id: '77700' } }))
    expect(fact).toMatchObject({ body: { text: '' }, media: [{ reference: '77700' }] })
  })

  test('reactions, groups and empty words are no facts', () => {
    const reaction = { message_id: 'wamid.out1', emoji: '👍' }
    expect(facts(message({ type: 'reaction', reaction }))).toEqual([])
    expect(facts(message({ ...text('to all'), group_id: 'g' }))).toEqual([])
    expect(facts(message(text('  ')))).toEqual([])
  })
})

describe('leaving and coming back', () => {
  test('the word alone is heard, and is in the log, too', () => {
    const [words, opt] = facts(message(text('Stop')))
    expect(words).toMatchObject({ kind: 'message', body: { text: 'Stop' } })
    expect(opt).toMatchObject({ kind: 'opt', out: true, where: { thread: ANN }, side: 'reach' })
    const button = { type: 'button', button: { text: 'Unsubscribe' } }
    expect(facts(message(button))[1]).toMatchObject({ kind: 'opt', out: true })
    expect(facts(message(text('START')))[1]).toMatchObject({ kind: 'opt', out: false })
  })

  test('within a sentence, and of the merchant, it is a word', () => {
    expect(facts(message(text('Stop the delivery, please')))).toHaveLength(1)
    expect(facts(message(text('Stop'), MERCHANT))).toHaveLength(1)
  })
})

describe('what became of ours', () => {
  test('a status is a receipt with our key', () => {
    const more = { biz_opaque_callback_data: 'homing:key-1' }
    expect(facts(status('delivered', more))).toEqual([
      {
        kind: 'receipt',
        event: 'status:wamid.out1:delivered',
        externalId: 'wamid.out1',
        key: 'key-1',
        state: 'delivered',
        side: 'reach',
        where: { thread: ANN },
        time: TIME,
      },
    ])
    expect(facts(status('read', more, MERCHANT))).toMatchObject([
      { side: 'desk', where: { line: MERCHANT } },
    ])
  })

  test("a template's statuses, and other programs', have no key of ours", () => {
    for (const biz_opaque_callback_data of ['homing-wake:key-1', 'crm-4711']) {
      const [fact] = facts(status('delivered', { biz_opaque_callback_data }))
      expect(fact).toMatchObject({ kind: 'receipt', externalId: 'wamid.out1' })
      expect(fact).not.toHaveProperty('key')
    }
  })

  test('a failure says what to make of it', () => {
    const errors = [{ code: 131047, title: 'Re-engagement message' }]
    expect(facts(status('failed', { errors }))).toMatchObject([
      { state: 'failed', failure: 'needs-template', reason: expect.stringContaining('24 hours') },
    ])
    expect(facts(status('failed'))).toMatchObject([{ failure: 'bad-content' }])
  })

  test('somebody without a number, and states of later years', () => {
    const to = { recipient_id: undefined, recipient_user_id: ANN_ID }
    expect(facts(status('sent', to))).toMatchObject([{ where: { thread: ANN_ID } }])
    expect(facts(status('played'))).toEqual([])
  })
})

describe("the phone app beside the API: somebody of the business's answered there", () => {
  const echo = (to: string) =>
    change(
      {
        message_echoes: [
          { from: BUSINESS, to, id: 'wamid.app1', timestamp: STAMP, ...text('yes') },
        ],
      },
      'smb_message_echoes',
    )

  test("in a visitor's thread it is an agent's message", () => {
    expect(facts(echo(ANN))).toMatchObject([
      {
        kind: 'message',
        side: 'reach',
        where: { thread: ANN },
        externalId: 'wamid.app1',
        author: { role: 'agent', id: `whatsapp:${BUSINESS}` },
        body: { text: 'yes' },
        echo: false,
      },
    ])
  })

  test("to the merchant's own phone it is between the two", () => {
    expect(facts(echo(MERCHANT))).toEqual([])
  })
})

describe('what else Meta posts', () => {
  test('is no fact: another number, another field, another product, shapes of all kinds', () => {
    expect(
      facts(change({ messages: [{ from: ANN, id: 'a', ...text('x') }] }, 'messages', '9')),
    ).toEqual([])
    expect(facts(change({ event: 'x' }, 'account_update'))).toEqual([])
    expect(facts({ ...change({}), object: 'page' })).toEqual([])
    for (const odd of [null, 1, [], {}, { object: 'whatsapp_business_account', entry: 7 }]) {
      expect(facts(odd)).toEqual([])
    }
  })

  test('of any shape throws nothing, and each fact has a place and an event', () => {
    const names = (
      'object entry changes value field messages statuses contacts metadata phone_number_id text body type ' +
      'from id timestamp context image caption edit message system wa_id user_id status errors code ' +
      'interactive list_reply title location latitude order product_items message_echoes to profile name'
    ).split(' ')
    const words = fc.constantFrom(
      ...names,
      'text',
      'image',
      'edit',
      'system',
      'order',
      'failed',
      ANN,
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(null, 0, 131047, true, ''),
        words,
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
      ),
    }))
    const part = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 })
    const message_ = fc.tuple(part, words).map(([fields, type]) => ({
      from: ANN,
      id: 'wamid.x',
      type,
      [type]: fields,
      ...fields,
    }))
    const batch = fc.oneof(
      value,
      fc
        .tuple(message_, part)
        .map(([one, other]) => change({ messages: [one], statuses: [one], contacts: [other] })),
    )
    fc.assert(
      fc.property(batch, (body) => {
        for (const fact of facts(body)) {
          expect(fact.event).not.toBe('')
          expect(Object.values(fact.where)).not.toContain(undefined)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a batch keeps its order over entries and changes', () => {
    const one = message(text('one')) as { entry: object[] }
    const two = status('sent') as { entry: object[] }
    const batch = { object: 'whatsapp_business_account', entry: [...two.entry, ...one.entry] }
    expect(facts(batch).map(({ kind }) => kind)).toEqual(['receipt', 'message'])
  })
})
