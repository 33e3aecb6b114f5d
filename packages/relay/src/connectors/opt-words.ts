/**
 * Words by which people leave a messenger's thread, and come back. Only a message that is nothing
 * but such a word counts: "please stop the delivery" is a sentence for an agent. So the lists leave
 * out what somebody in a shop would write as an answer ("cancel", "end", "yes").
 */
const OUT: ReadonlySet<string> = new Set([
  'stop',
  'stopp',
  'stopall',
  'stop all',
  'unsubscribe',
  'optout',
  'opt out',
  'abmelden',
  'abbestellen',
  'arret',
  'desabonner',
  'baja',
  'parar',
  'descadastrar',
  'disiscrivi',
  'afmelden',
  '配信停止',
  '退订',
  '退訂',
])
const IN: ReadonlySet<string> = new Set(['start', 'unstop', 'subscribe', 'optin', 'opt in'])

/** Undefined: it is an ordinary message. */
export function optWord(text: string): 'out' | 'in' | undefined {
  const word = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, ' ')
    .trim()
    .replace(/\s+/g, ' ')
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '')
  if (OUT.has(word) || OUT.has(plain)) return 'out'
  return IN.has(word) ? 'in' : undefined
}
