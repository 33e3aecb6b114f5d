import { expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo, Ticket } from '../connector.ts'
import { whatsappLink } from './index.ts'

const GOOD = { number: '+49 170 1234567', greeting: 'Hello! I have a question' }

connectorContract({
  connector: whatsappLink,
  settings: () => GOOD,
  required: ['number'],
  wrong: { number: 'mine', greeting: 'x'.repeat(201) },
})

function settings(input: object = GOOD) {
  const parsed = whatsappLink.configure(input)
  if (!parsed.ok) throw new Error(parsed.problems.join())
  return parsed.settings
}

function linkOf(by: ReturnType<typeof settings>, ticket: Ticket): string | undefined {
  const invite = whatsappLink.invite(by)
  return invite && !invite.asks ? invite.link(ticket) : undefined
}

const IO: ConnectorIo = {
  fetch: () => Promise.reject(new Error('a link asks nobody')),
  signal: new AbortController().signal,
  now: 0,
}

test('the conversation’s tag stands in the visitor’s words, and no code', () => {
  const ticket = { code: 'HM-23456789AB', tag: '7F3A' }
  expect(linkOf(settings(), ticket)).toBe(
    'https://wa.me/491701234567?text=Hello!%20I%20have%20a%20question%20%237F3A',
  )
  expect(linkOf(settings({ number: GOOD.number }), ticket)).toBe(
    'https://wa.me/491701234567?text=%237F3A',
  )
})

test('it takes nothing', async () => {
  await expect(whatsappLink.send(outbound(), settings(), IO)).rejects.toMatchObject({
    failure: 'bad-recipient',
  })
  expect(await whatsappLink.doctor(settings(), IO)).toMatchObject([{ level: 'ok' }])
})
