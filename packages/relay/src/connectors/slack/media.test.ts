import { describe, expect, test } from 'vitest'
import { SETTINGS, TOKEN, failureOf, ioOf } from '../../../test/slack-rig.ts'
import type { SendFailure } from '../connector.ts'
import { slack } from './index.ts'

describe('slack: files', () => {
  const file = (address: string) => ({
    file: { id: 'F1', name: 'size.pdf', mimetype: 'application/pdf', url_private: address },
  })
  const fetched = async (address: string, answer: Response) => {
    const asked: [string, string | null][] = []
    const io = ioOf(async (url, init) => {
      asked.push([url, new Headers(init?.headers).get('authorization')])
      if (url.includes('files.info')) return Response.json({ ok: true, ...file(address) })
      return answer
    })
    const got = slack.media('F1', SETTINGS, io)
    return { asked, got }
  }

  test('are fetched with the token, from Slack alone', async () => {
    const address = 'https://files.slack.com/files-pri/T1-F1/size.pdf'
    const { asked, got } = await fetched(address, new Response(new Uint8Array([1, 2])))
    expect(await got).toEqual({
      bytes: new Uint8Array([1, 2]),
      type: 'application/pdf',
      name: 'size.pdf',
    })
    expect(asked).toEqual([
      ['https://slack.com/api/files.info?file=F1', `Bearer ${TOKEN}`],
      [address, `Bearer ${TOKEN}`],
    ])
    for (const elsewhere of [
      'https://evil.test/x',
      'https://slack.com.evil.test/x',
      'https://evilslack.com/x',
      'http://files.slack.com/x',
      'nothing',
    ]) {
      const { asked: calls, got: refused } = await fetched(elsewhere, new Response('x'))
      expect((await failureOf(refused)).failure).toBe('bad-content')
      expect(calls).toHaveLength(1)
    }
  })

  test.each<[Response, SendFailure]>([
    [new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'needs-reauth'],
    [new Response(null, { status: 403 }), 'needs-reauth'],
    [new Response(null, { status: 404 }), 'bad-content'],
    [new Response(null, { status: 429 }), 'retry'],
  ])('a page in place of a file, and other failures (%#)', async (answer, expected) => {
    const { got } = await fetched('https://files.slack.com/x', answer)
    expect((await failureOf(got)).failure).toBe(expected)
  })
})
