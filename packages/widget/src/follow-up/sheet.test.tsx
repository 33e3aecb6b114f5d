import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { refusal, relayAnswers } from '../../test/relay-answers.ts'
import type { Stage } from '../../test/stage.ts'
import { AGENT, SETTINGS, VISITOR, entry, setStage } from '../../test/stage.ts'

const EMAIL = { type: 'email', app: 'E-mail', binds: false, asks: 'email' } as const
const saved = (): Response => new Response(null, { status: 204 })

let stage: Stage
beforeEach(async () => {
  stage = setStage()
  stage.state.settings.value = { ...SETTINGS, reaches: [EMAIL] }
  await stage.show({ entries: [entry(1, VISITOR, 'Hello?')] })
  stage.part('reach')?.click()
  await Promise.all([
    import('./sheet.tsx'),
    import('../sheet/frame.tsx'),
    import('../sheet/post.ts'),
  ])
  await answered()
})
afterEach(() => stage.unmount())

async function answered(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
  await stage.drawn()
}

const field = (): HTMLInputElement | null =>
  stage.root.querySelector<HTMLInputElement>('[part="follow-up-address"]')
const textOf = (part: string): string => stage.part(part)?.textContent ?? ''

function write(text: string): void {
  const input = field()
  if (!input) throw new Error('There is no field.')
  input.value = text
  input.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

async function save(text: string): Promise<void> {
  write(text)
  stage.part('follow-up-save')?.click()
  await answered()
}

describe('leaving an address', () => {
  test('says what it is used for and who sees it, and the browser can fill it in', () => {
    expect(stage.part('follow-up')?.querySelector('h3')?.textContent).toBe('Get answers by e-mail')
    expect(textOf('follow-up-use')).toBe(
      'If you miss an answer here, we send it there once. Fjell & Fjord sees this address.',
    )
    expect(field()?.type).toBe('email')
    expect(field()?.getAttribute('autocomplete')).toBe('email')
    expect(field()?.getAttribute('inputmode')).toBe('email')
    expect(field()?.getAttribute('enterkeyhint')).toBe('send')
    expect(stage.root.querySelector('label')?.htmlFor).toBe(field()?.id)
    expect(stage.root.activeElement).toBe(field())
  })

  test('asks the relay for this very conversation, and says to where answers come', async () => {
    const asked = relayAnswers(saved())
    await save('  anna@example.com ')
    expect(asked).toEqual([
      [
        'https://relay.example/v1/follow-up',
        {
          site: 'pk_test',
          token: 'a-token',
          conversation: 'c1',
          address: 'anna@example.com',
        },
      ],
    ])
    expect(textOf('follow-up-saved')).toBe('Done. Answers you miss come to anna@example.com.')
    expect(stage.root.activeElement).toBe(stage.part('follow-up-saved'))
    expect(field()).toBeNull()
    stage.part('sheet-back')?.click()
    await stage.drawn()
    expect(stage.part('follow-up')).toBeNull()
    expect(stage.root.activeElement).toBe(stage.part('reach'))
  })

  test('one press is one request, and the address stays as it is meanwhile', async () => {
    const answer = Promise.withResolvers<Response>()
    const asked = relayAnswers(answer.promise, saved())
    write('anna@example.com')
    stage.part('follow-up-save')?.click()
    await stage.drawn()
    expect(textOf('follow-up-save')).toBe('Saving…')
    expect(field()?.readOnly).toBe(true)
    stage.part('follow-up-save')?.click()
    answer.resolve(saved())
    await answered()
    expect(asked).toHaveLength(1)
    expect(textOf('follow-up-saved')).toContain('anna@example.com')
  })

  test.each(['', 'anna', 'anna@', '@example.com', 'anna@example', 'anna @example.com'])(
    'of “%s” the relay is not asked, and the reason stands at the field',
    async (text) => {
      const asked = relayAnswers(saved())
      await save(text)
      expect(asked).toEqual([])
      expect(textOf('follow-up-error')).toBe('Please enter an address like anna@example.com.')
      expect(field()?.getAttribute('aria-invalid')).toBe('true')
      expect(field()?.getAttribute('aria-describedby')?.split(' ')).toContain(
        stage.part('follow-up-error')?.id,
      )
      expect(stage.root.activeElement).toBe(field())
    },
  )

  test.each([
    [
      'the relay takes no such address',
      refusal(400, 'bad_request'),
      'Please enter an address like anna@example.com.',
    ],
    [
      'there were too many',
      refusal(429, 'rate_limited'),
      'Too many tries. Please try again later.',
    ],
    ['nobody answers', new Error('offline'), 'No connection. Please try again.'],
    [
      'the relay has no such conversation',
      refusal(404, 'not_found'),
      'This did not work. Please try again.',
    ],
    ['the relay is broken', refusal(500, 'internal'), 'This did not work. Please try again.'],
  ])('says so when %s, keeps what was typed, and tries again', async (_, answer, said) => {
    const asked = relayAnswers(answer, saved())
    await save('anna@example.com')
    expect(textOf('follow-up-error')).toBe(said)
    expect(field()?.value).toBe('anna@example.com')
    expect(stage.root.activeElement).toBe(field())
    write('anna@example.org')
    await stage.drawn()
    expect(textOf('follow-up-error')).toBe('')
    await save('anna@example.org')
    expect(asked).toHaveLength(2)
    expect(textOf('follow-up-saved')).toContain('anna@example.org')
  })

  test('without the visitor’s secret there is no connection yet', async () => {
    const asked = relayAnswers(saved())
    stage.actions.secret.mockReturnValue(undefined)
    await save('anna@example.com')
    expect(asked).toEqual([])
    expect(textOf('follow-up-error')).toBe('No connection. Please try again.')
  })

  test('C8: what was typed outlives an answer that comes meanwhile', async () => {
    write('anna@exam')
    await stage.show({ entries: [entry(1, VISITOR, 'Hello?'), entry(2, AGENT, 'Hi!')] })
    expect(field()?.value).toBe('anna@exam')
  })

  test('nothing of it is kept in the browser', async () => {
    relayAnswers(saved())
    await save('anna@example.com')
    expect(stage.actions.typed).not.toHaveBeenCalled()
    for (const storage of [localStorage, sessionStorage]) {
      expect(JSON.stringify(Object.entries(storage))).not.toContain('anna')
    }
  })

  test('Escape leads back, the panel stays open, and no style stays behind', async () => {
    const styled = stage.root.adoptedStyleSheets.length
    const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true })
    field()?.dispatchEvent(escape)
    await stage.drawn()
    expect(stage.part('follow-up')).toBeNull()
    expect(stage.actions.close).not.toHaveBeenCalled()
    expect(stage.root.adoptedStyleSheets).toHaveLength(styled - 1)
  })

  test('is said in the visitor’s language', async () => {
    stage.state.locale.value = 'zh-TW'
    await stage.drawn()
    expect(textOf('follow-up-label')).toBe('您的電子郵件地址')
    expect(textOf('sheet-back')).toBe('返回對話')
  })
})
