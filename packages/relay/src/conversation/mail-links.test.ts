import { expect, test } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { RESUME_TTL_MS, createMailLinks } from './mail-links.ts'

const CONVERSATION = '01970000-0000-7000-8000-0000000003e8'
const SITE = { site: 'pk_shop' }
const OF = { ...SITE, conversation: CONVERSATION }
const AT = { ...SITE, connector: 'mails' }
const STOP = { ...AT, conversation: CONVERSATION, address: 'anna@example.com' }

function open(secret = 1) {
  const clock = createManualClock()
  return { clock, links: createMailLinks({ secret: new Uint8Array(32).fill(secret), clock }) }
}

test('C12: a code says its conversation, again and again, of any version of UUID', () => {
  const { links } = open()
  for (const conversation of [CONVERSATION, 'ffffffff-ffff-8fff-bfff-ffffffffffff']) {
    const code = links.issueResume({ ...SITE, conversation })
    expect(code).toMatch(/^[\w-]{48}$/)
    expect(links.readResume(code, SITE)).toBe(conversation)
    expect(links.readResume(code, SITE)).toBe(conversation)
  }
})

test('C12: a code is good for its purpose, its site and its connector alone, and by its log’s key', () => {
  const { links } = open()
  const resume = links.issueResume(OF)
  const stop = links.issueStop(STOP)
  expect(links.readStop(stop, AT)?.conversation).toBe(CONVERSATION)
  expect(links.readStop(resume, AT)).toBeUndefined()
  expect(links.readResume(stop, SITE)).toBeUndefined()
  expect(links.readResume(resume, { site: 'pk_other' })).toBeUndefined()
  expect(links.readStop(stop, { ...AT, connector: 'others' })).toBeUndefined()
  expect(links.readStop(stop, { ...AT, site: 'pk_other' })).toBeUndefined()
  expect(open(2).links.readResume(resume, SITE)).toBeUndefined()
})

test('C12: no bit of a code can be changed', () => {
  const { links } = open()
  const bytes = Buffer.from(links.issueResume(OF), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes)
    forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(links.readResume(forged.toString('base64url'), SITE)).toBeUndefined()
  }
})

test('what is no code at all is none', () => {
  const { links } = open()
  const code = links.issueResume(OF)
  for (const text of [
    '',
    'x',
    code.slice(1),
    `${code}A`,
    code.replace(/.$/, '='),
    '…'.repeat(48),
  ]) {
    expect(links.readResume(text, SITE)).toBeUndefined()
    expect(links.readStop(text, AT)).toBeUndefined()
  }
})

test('a way back ends after 30 days; the end of mails never does', () => {
  const { clock, links } = open()
  const resume = links.issueResume(OF)
  const stop = links.issueStop(STOP)
  clock.advance(RESUME_TTL_MS - 1)
  expect(links.readResume(resume, SITE)).toBe(CONVERSATION)
  clock.advance(1000)
  expect(links.readResume(resume, SITE)).toBeUndefined()
  clock.advance(100 * RESUME_TTL_MS)
  expect(links.readStop(stop, AT)?.conversation).toBe(CONVERSATION)
})

test('the end of mails is for the address that they went to', () => {
  const { links } = open()
  const stop = links.readStop(links.issueStop(STOP), AT)
  expect(stop?.isOf('anna@example.com')).toBe(true)
  expect(stop?.isOf('anne@example.com')).toBe(false)
})
