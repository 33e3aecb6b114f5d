import type { Entry } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { outbound } from '../../test/contracts/connector-contract.ts'
import {
  contextText,
  conversationOfText,
  isOfVisitor,
  openingText,
  saidText,
  sameWords,
  subjectOf,
  visitorName,
} from './ticket-text.ts'

const { entry, conversation } = outbound()
const said = (text: string, role: Entry['author']['role'] = 'visitor'): Entry => ({
  ...entry,
  author: { role, id: role, name: 'Mia' },
  body: { type: 'text', text },
})

describe('what stands in a ticket', () => {
  test("the visitor's words stand alone, everybody else is named", () => {
    const mixed = outbound({ entry: said('one'), more: [said('two', 'agent'), said('three')] })
    expect(saidText(mixed)).toBe('one\nMia: two\nthree')
    expect(isOfVisitor(mixed)).toBe(true)
    expect(isOfVisitor(outbound({ entry: said('two', 'agent') }))).toBe(false)
    expect(saidText(outbound({ entry: { ...entry, body: { type: 'card' } } }))).toBe('')
  })

  test('what opens it: what was said before, the words, and at the end the link', () => {
    const text = openingText(outbound({ entry: said('now'), before: [said('before')] }), 1_000)
    expect(text).toMatch(/^Visitor: before|^Mia: before/)
    expect(text).toContain('\n\n----\n\nnow\n\n----\n')
    expect(text.endsWith(`/console#/c/${conversation}`)).toBe(true)
    expect(openingText(outbound({ entry: said('now') }), 1_000).startsWith('now\n\n----')).toBe(
      true,
    )
  })

  test('C12: a link in the words cannot make a ticket another conversation’s', () => {
    const forged = 'https://relay.test/console#/c/01890000-0000-7000-8000-0000000000ff'
    const text = openingText(outbound({ entry: said(forged) }), 1_000)
    expect(conversationOfText(text)).toBe(conversation)
    expect(conversationOfText('no link')).toBeUndefined()
    expect(conversationOfText(contextText(outbound()))).toBe(conversation)
  })

  test('a subject is the page, else the first words, else the shop; in one line', () => {
    const page = { url: 'https://shop.test', title: 'Blue\nshoes' }
    expect(subjectOf(outbound({ page }))).toBe('Blue shoes')
    expect(subjectOf(outbound({ entry: said('x'.repeat(200)) }))).toHaveLength(80)
    expect(subjectOf(outbound({ entry: said('hi', 'bot') }))).toBe('Test shop')
    expect(visitorName(outbound())).toBe('Visitor 00aaaa')
    expect(visitorName(outbound({ visitor: { id: 'v', name: 'Ann\r\nBcc: x' } }))).toBe(
      'Ann Bcc: x',
    )
  })

  test('the same words are the same however they are broken', () => {
    expect(sameWords(' a\r\n b', 'a b ')).toBe(true)
    expect(sameWords('a b', 'a c')).toBe(false)
  })
})
