import type { Author, Entry } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { outbound } from '../../test/contracts/connector-contract.ts'
import { cardOf, consoleLink, oneLine, spokenLine, transcriptOf, wordsOf } from './compose-text.ts'

const ANN: Author = { role: 'visitor', id: 'v' }
const entry = (text: string, author = ANN): Entry => ({
  seq: 1,
  id: 'e',
  author,
  time: 0,
  body: { type: 'text', text },
})

describe('an entry in words', () => {
  test('text as it is, a status as a short line, the unknown as its fallback or nothing', () => {
    const body = (given: Entry['body']) => wordsOf({ ...entry(''), body: given })
    expect(body({ type: 'text', text: 'a\nb' })).toBe('a\nb')
    expect(body({ type: 'status', status: 'resolved' })).toBe('(resolved)')
    expect(body({ type: 'status', status: 'constructor' } as never)).toBe('')
    expect(body({ type: 'card', fallback: 'a card' })).toBe('a card')
    expect(body({ type: 'card' })).toBe('')
  })

  test('a bot is named as one, and a second line cannot pass for somebody else', () => {
    const visitor = { id: 'v', name: 'Ann\nMia' }
    expect(spokenLine(entry('hi\nMia: yes'), visitor)).toBe('Ann Mia: hi\n  Mia: yes')
    expect(spokenLine(entry('hi', { role: 'bot', id: 'b', name: 'Robo' }), visitor)).toBe(
      'Robo (bot): hi',
    )
  })
})

describe('a new thread', () => {
  test('is told what was said, the newest part when there is too much, and how much is not there', () => {
    const told = outbound({ before: [entry('one'), entry('two'), entry('three')], omitted: 2 })
    expect(transcriptOf(told, 1_000)).toBe(
      '(2 earlier messages are left out)\nVisitor: one\nVisitor: two\nVisitor: three',
    )
    expect(transcriptOf(told, 60)).toBe('(4 earlier messages are left out)\nVisitor: three')
    expect(transcriptOf(outbound(), 1_000)).toBe('')
  })

  test('has a card of one line each, and a link into the console', () => {
    const told = outbound({ page: { url: 'https://shop.test/p\nSite: x', title: 'Shoes' } })
    expect(cardOf(told)).toEqual([
      ['Page', 'Shoes'],
      ['Address', 'https://shop.test/p Site: x'],
      ['Site', 'Test shop'],
      ['Language', 'en'],
      ['Conversation', '7F3A'],
    ])
    expect(consoleLink(told)).toBe(`https://relay.test/console#/c/${told.conversation}`)
    expect(oneLine('👋👋👋👋', 3)).toBe('👋👋…')
  })
})
