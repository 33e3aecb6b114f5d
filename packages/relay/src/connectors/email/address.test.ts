import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  MAX_LOCAL_LENGTH,
  addressOf,
  conversationOfAddress,
  conversationOfToken,
  messageIdOf,
  ownMessage,
  tokenOf,
} from './address.ts'

const OURS = { local: 'chat', domain: 'in.shop.test', key: new Uint8Array(32).fill(7) }
const CONVERSATION = '01890000-0000-7abc-8123-0000000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'

describe("C12: a conversation's address is made by us alone", () => {
  test('every conversation comes back from its address and from the ids of its mails', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (conversation, key) => {
        expect(conversationOfAddress(addressOf(conversation, OURS), OURS)).toBe(conversation)
        expect(ownMessage(messageIdOf(conversation, key, OURS), OURS)).toEqual({
          conversation,
          key,
        })
        const part = messageIdOf(conversation, `${key}.12`, OURS)
        expect(ownMessage(part, OURS)?.key).toBe(`${key}.12`)
      }),
    )
  })

  test('a changed letter, another secret, another address of ours: nobody', () => {
    const token = tokenOf(CONVERSATION, OURS)
    expect(conversationOfToken(token, OURS)).toBe(CONVERSATION)
    for (let at = 0; at < token.length - 1; at++) {
      const other = token.charAt(at) === 'a' ? 'b' : 'a'
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      expect(conversationOfToken(changed, OURS), changed).toBeUndefined()
    }
    expect(conversationOfToken(token, { ...OURS, key: new Uint8Array(32) })).toBeUndefined()
    expect(conversationOfToken(token, { ...OURS, local: 'help' })).toBeUndefined()
    for (const text of ['', 'a', token.slice(1), `${token}a`, token.replace(/./, '1')]) {
      expect(conversationOfToken(text, OURS)).toBeUndefined()
    }
  })

  test('whatever a helpdesk does to the case of an address', () => {
    const address = addressOf(CONVERSATION, OURS).toUpperCase()
    expect(conversationOfAddress(address, OURS)).toBe(CONVERSATION)
    const id = messageIdOf(CONVERSATION, KEY, OURS).toUpperCase()
    expect(ownMessage(id, OURS)).toEqual({ conversation: CONVERSATION, key: KEY })
  })

  test('other addresses and ids are none of ours', () => {
    const token = tokenOf(CONVERSATION, OURS)
    for (const address of [
      'chat@in.shop.test',
      `chat+${token}@shop.test`,
      `chat+${token}@evil.in.shop.test`,
      `chat-${token}@in.shop.test`,
      `xchat+${token}@in.shop.test`,
      `chat+${token}@in.shop.test.evil.test`,
    ]) {
      expect(conversationOfAddress(address, OURS), address).toBeUndefined()
    }
    for (const id of [
      '',
      token,
      `${token}@in.shop.test`,
      `${token}.x@in.shop.test`,
      'a.b@c.test',
    ]) {
      expect(ownMessage(id, OURS), id).toBeUndefined()
    }
  })

  test('it fits where RFC 5321 has room, with the longest name of a mailbox', () => {
    const settings = { ...OURS, local: 'x'.repeat(MAX_LOCAL_LENGTH) }
    expect(addressOf(CONVERSATION, settings).split('@')[0]).toHaveLength(64)
  })
})
