import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARKER, cutQuotes } from './cut-quotes.ts'

const OLD = `> ${MARKER}\n>\n> Is it in stock?`

describe('what a person wrote, without what it answers', () => {
  test.each([
    ['alone', 'Yes.\n', 'Yes.'],
    ['above a quotation', `Yes.\n\nOn Mon, 1 Jan 2026 at 10:00, Ann wrote:\n${OLD}\n`, 'Yes.'],
    [
      'above one whose first line is broken',
      `Yes.\n\nOn Mon, 1 Jan 2026 at 10:00,\nAnn via Test shop <chat+abc@x.test>\nwrote:\n${OLD}`,
      'Yes.',
    ],
    ['below a quotation', `On Mon, Ann wrote:\n${OLD}\n\nYes.`, 'Yes.'],
    ['between the lines', `Ann wrote:\n${OLD}\nYes.\n> And the red one?\nNo.\n`, 'Yes.\nNo.'],
    ['in German', `Ja.\n\nAm 1. Januar 2026 um 10:00 schrieb Ann:\n\n${OLD}`, 'Ja.'],
    ['in French', `Oui.\n\nLe lun. 1 janv. 2026 à 10:00, Ann a écrit :\n${OLD}`, 'Oui.'],
    ['in a language nobody listed', `ok\n\nAnn <a@x.test> kirjutas:\n${OLD}`, 'ok'],
    ['above our marker, as HTML leaves it', `Yes.\n\n${MARKER}\n\nIs it in stock?`, 'Yes.'],
    [
      "above our marker and its 'wrote'",
      `Yes.\n\nOn Mon, Ann wrote:\n\n${MARKER}\n\nIs it in stock?`,
      'Yes.',
    ],
    [
      "above Outlook's block",
      'Yes.\n\nFrom: Ann <a@x.test>\nSent: Monday, 1 January 2026\nTo: Desk\nSubject: Hi\n\nold',
      'Yes.',
    ],
    [
      'above an original message',
      'Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\nGesendet: Montag\n\nalt',
      'Ja.',
    ],
    ['above a signature', 'Yes.\n-- \nMia\nTest shop', 'Yes.'],
    ['with line ends of any kind', `Yes.\r\nSure.\r\n\r\nAnn wrote:\r\n> old\r\n`, 'Yes.\nSure.'],
  ])('%s', (_where, mail, words) => {
    expect(cutQuotes(mail)).toBe(words)
  })

  test.each([
    ['a line of ">" that quotes nothing', 'It must be\n> 5 pieces\nthen.'],
    ['the word wrote in the middle', 'As Ann wrote: take two.\nThen go.'],
    ['a From that is no header', 'From: what I see, it fits.\nSo take it.'],
    ['a dashed line', 'one\n---\ntwo'],
    ['a dash that ends a line', 'one\n--\ntwo'],
  ])('%s stays', (_what, mail) => {
    expect(cutQuotes(mail)).toBe(mail)
  })

  test('words are never lost without a mark of a quotation, and nothing is thrown', () => {
    const line = fc.constantFrom('yes', '', 'a: b', '> q', 'x wrote:', MARKER, `> ${MARKER}`, '-- ')
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const cut = cutQuotes(lines.join('\n'))
        if (lines[0] === 'yes') expect(cut.startsWith('yes')).toBe(true)
        const marked = lines.some((each) => !['yes', '', 'a: b'].includes(each))
        if (!marked)
          expect(cut).toBe(
            lines
              .join('\n')
              .replace(/\n{3,}/g, '\n\n')
              .trim(),
          )
      }),
    )
  })
})
