import { afterEach, beforeEach, expect, test } from 'vitest'

import type { Stage } from '../../test/stage.ts'
import { setStage } from '../../test/stage.ts'

const MAX_TEXT = 300

let stage: Stage
let field: HTMLTextAreaElement
beforeEach(() => {
  stage = setStage(MAX_TEXT)
  field = stage.part('input') as HTMLTextAreaElement
})
afterEach(() => stage.unmount())

async function type(text: string): Promise<void> {
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await stage.drawn()
}

/** True where the key was left to the field. */
function press(init: KeyboardEventInit): boolean {
  return field.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }),
  )
}

test('Enter sends the words and empties the field at once', async () => {
  await type('  Hello there\n')
  expect(stage.actions.typed).toHaveBeenLastCalledWith('  Hello there\n')
  expect(press({})).toBe(false)
  press({})
  expect(stage.actions.submit.mock.calls).toEqual([['Hello there']])
  expect(field.value).toBe('')
})

test('Shift+Enter breaks the line', async () => {
  await type('Hello')
  expect(press({ shiftKey: true })).toBe(true)
  expect(stage.actions.submit).not.toHaveBeenCalled()
})

test.each([{ isComposing: true }, { keyCode: 229 }])(
  'Enter that ends a composition chooses a character: %o',
  async (init) => {
    await type('ㄋㄧˇ')
    expect(press(init)).toBe(true)
    expect(stage.actions.submit).not.toHaveBeenCalled()
  },
)

test('another tab’s words wait for the end of a composition', async () => {
  field.dispatchEvent(new Event('compositionstart', { bubbles: true }))
  await type('ㄋ')
  stage.state.composer.value = 'from the other tab'
  await stage.drawn()
  expect(field.value).toBe('ㄋ')
  field.value = '你'
  field.dispatchEvent(new Event('compositionend', { bubbles: true }))
  await stage.drawn()
  expect(stage.actions.typed).toHaveBeenLastCalledWith('你')
  expect(field.value).toBe('你')
})

test('shows the kept text, and what another tab writes', async () => {
  stage.state.composer.value = 'kept'
  await stage.drawn()
  expect(field.value).toBe('kept')
})

test('blank text is not sent', async () => {
  await type(' \n ')
  press({})
  stage.part('send')?.click()
  expect(stage.actions.submit).not.toHaveBeenCalled()
  expect(stage.part('send')?.getAttribute('aria-disabled')).toBe('true')
})

test('counts near the limit, and holds back what is over it', async () => {
  await type('x'.repeat(50))
  expect(stage.part('counter')).toBeNull()
  await type('x'.repeat(MAX_TEXT - 10))
  expect(stage.part('counter')?.textContent).toBe('10 characters left')
  await type('x'.repeat(MAX_TEXT + 3))
  expect(stage.part('counter')?.textContent).toBe('3 characters too many')
  expect(field.getAttribute('aria-invalid')).toBe('true')
  press({})
  expect(stage.actions.submit).not.toHaveBeenCalled()
  expect(field.value).toHaveLength(MAX_TEXT + 3)
})

test('the field is labelled and large enough that iOS does not zoom', () => {
  expect(field.getAttribute('aria-label')).toBe('Write a message…')
  expect(field.getAttribute('enterkeyhint')).toBe('send')
})
