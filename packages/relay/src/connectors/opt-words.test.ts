import { expect, test } from 'vitest'
import { optWord } from './opt-words.ts'

test.each(['STOP', 'stop.', ' “Stop!” ', 'Arrêt', 'Opt-out', 'ＳＴＯＰ', '配信停止', 'Désabonner'])(
  '%j alone leaves',
  (text) => {
    expect(optWord(text)).toBe('out')
  },
)

test.each(['START', 'unstop', 'Opt-in!'])('%j alone comes back', (text) => {
  expect(optWord(text)).toBe('in')
})

test.each(['', '👋', 'please stop the delivery', 'stop it', 'cancel', 'end', 'yes', 'Bus stop?'])(
  '%j is a message like any other',
  (text) => {
    expect(optWord(text)).toBeUndefined()
  },
)
