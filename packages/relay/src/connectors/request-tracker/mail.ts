/**
 * Writes one RFC 5322 mail: headers of printable ASCII, and a text body in base64, so that no
 * line is too long and no byte depends on the way.
 */
export interface Mail {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly subject: string
  /** Without angle brackets. */
  readonly messageId: string
  readonly time: number
  readonly text: string
}

/** Characters of one RFC 2047 word, prefix and suffix included: a line holds it and a header's name. */
const MAX_ENCODED_WORD = 60
/** Characters of one line of base64. */
const BASE64_LINE = 76

export function writeMail(mail: Mail): string {
  // Line feeds alone: within base64 the far side keeps a carriage return as a part of the words.
  const body = Buffer.from(toLf(mail.text), 'utf8').toString('base64')
  return [
    `From: ${encodeHeader(mail.from.name)}\r\n <${plain(mail.from.address)}>`,
    `To: ${plain(mail.to)}`,
    `Subject: ${encodeHeader(mail.subject)}`,
    `Message-ID: <${plain(mail.messageId)}>`,
    `Date: ${mailDate(mail.time)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(body.match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? []),
    '',
  ].join('\r\n')
}

/** One line, whatever was in it: a line break would start a header of the visitor's choice. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
}

/** Words of RFC 2047 where the text is more than plain ASCII words. */
function encodeHeader(text: string): string {
  const line = oneLine(text)
  if (/^[A-Za-z0-9 ()#:!?'*+/_-]*$/.test(line) && line.length <= MAX_ENCODED_WORD) return line
  const room = Math.floor((MAX_ENCODED_WORD - '=?UTF-8?B??='.length) / 4) * 3
  const words: string[] = []
  let word = ''
  let bytes = 0
  // By code point, so that no word ends within a character.
  for (const char of line) {
    const size = Buffer.byteLength(char)
    if (bytes + size > room) {
      words.push(word)
      word = ''
      bytes = 0
    }
    word += char
    bytes += size
  }
  words.push(word)
  return words
    .map((part) => `=?UTF-8?B?${Buffer.from(part, 'utf8').toString('base64')}?=`)
    .join('\r\n ')
}

function plain(value: string): string {
  return value.replace(/[^\x21-\x7e]|[<>]/g, '')
}

function mailDate(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000')
}

function toLf(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}
