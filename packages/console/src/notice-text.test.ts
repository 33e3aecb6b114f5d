import { describe, expect, test } from 'vitest'

import { noticeText } from './notice-text.ts'

const words = { type: 'handed_over', fallback: 'It goes on elsewhere.' } as const

describe('what happened to a conversation', () => {
  test('one that goes on in a messenger names it', () => {
    expect(noticeText({ ...words, app: 'WhatsApp' }, 'Anna')).toBe('Anna goes on in WhatsApp, too')
  })

  test('one whose visitor left an address goes on nowhere else: only what is missed is sent', () => {
    const body = { ...words, app: 'E-mail', asks: 'email' } as const
    expect(noticeText(body, 'Anna')).toBe('Anna gets missed answers by e-mail')
  })

  test('one that was resolved says by whom', () => {
    expect(noticeText({ type: 'status', status: 'resolved' }, 'Lena')).toBe('Resolved by Lena')
  })
})
