import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Body } from '@homing/core'
import { MAX_FILE_BYTES } from '../files/files.ts'
import type { FarRig } from '../../test/far-rig.ts'
import { fails, message, openFarRig } from '../../test/far-rig.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createFarSide } from '../../test/far-side.ts'
import { until } from '../../test/delivery-parts.ts'
import type { Media } from '../connectors/connector.ts'
import { SendError } from '../connectors/connector.ts'
import { MAX_INTAKES } from './media.ts'

let rig: FarRig
let far: FarSide
let conversation: string
let thread: string
/** By reference: what the far side has. */
let shelf: Map<string, () => Media>
let fetched: string[]

beforeEach(async () => {
  fetched = []
  shelf = new Map()
  far = createFarSide(
    {},
    {
      media: async (reference) => {
        fetched.push(reference)
        return (shelf.get(reference) ?? fails('bad-content'))()
      },
    },
  )
  rig = await openFarRig([far])
  conversation = (await rig.parts().say('hello')).conversation
  await rig.quiet()
  thread = `thread-${conversation}`
})
afterEach(() => rig.close())

const bytes = (text: string) => new TextEncoder().encode(text)
const bodies = async () => (await rig.parts().log(conversation)).slice(1).map(({ body }) => body)
const brings = (text: string, ...media: { reference: string; name?: string; type?: string }[]) =>
  message('m1', { thread }, text, { media })
const urlOf = (body: Body | undefined): string =>
  body !== undefined && 'url' in body && typeof body.url === 'string' ? body.url : ''

describe('what came along with a message', () => {
  test('is fetched at receipt, kept, and told by a link of ours', async () => {
    shelf.set('r1', () => ({ bytes: bytes('png'), type: 'image/png; q=1', name: 'lamp 1.png' }))
    await rig.receive('far', brings('Look', { reference: 'r1' }))
    const [words, file, ...none] = await bodies()
    expect([words, none]).toEqual([{ type: 'text', text: 'Look' }, []])
    expect(file).toMatchObject({
      type: 'file',
      name: 'lamp 1.png',
      mediaType: 'image/png',
      size: 3,
    })
    const url = urlOf(file)
    expect(url).toMatch(/^https:\/\/relay\.test\/v1\/files\/[\w-]{22}\/lamp%201\.png$/)
    expect(file).toMatchObject({ fallback: `lamp 1.png: ${url}` })
  })

  test('without words it is the message', async () => {
    shelf.set('r1', () => ({ bytes: bytes('png'), type: 'image/png' }))
    await rig.receive('far', brings('', { reference: 'r1', name: 'lamp.png' }))
    expect(await bodies()).toMatchObject([{ type: 'file', name: 'lamp.png' }])
  })

  test('C11: the same message again adds nothing', async () => {
    shelf.set('r1', () => ({ bytes: bytes('png'), type: 'image/png' }))
    const fact = brings('Look', { reference: 'r1' })
    await rig.receive('far', fact)
    expect(await rig.receive('far', fact)).toEqual({ status: 200, body: { applied: 0 } })
    await rig.receive('far', { ...fact, event: 'by poll' })
    expect(await bodies()).toHaveLength(2)
  })

  test('what is gone is named, and the rest comes', async () => {
    shelf.set('r2', () => ({ bytes: bytes('pdf'), type: 'application/pdf' }))
    const gone = { reference: 'r1', name: 'old.png' }
    await rig.receive('far', brings('Look', gone, { reference: 'r2', name: 'new.pdf' }))
    expect(await bodies()).toMatchObject([
      { type: 'text', text: 'Look' },
      { type: 'file', name: 'old.png', fallback: 'old.png (could not be fetched)' },
      { type: 'file', name: 'new.pdf', size: 3 },
    ])
  })

  test('what is too large is named too, and does not keep the words away', async () => {
    const large = new Uint8Array(MAX_FILE_BYTES + 1)
    shelf.set('r1', () => ({ bytes: large, type: 'video/mp4', name: 'film.mp4' }))
    await rig.receive('far', brings('Look', { reference: 'r1', name: 'film.mp4' }))
    expect(await bodies()).toMatchObject([
      { type: 'text', text: 'Look' },
      { fallback: 'film.mp4 (too large to be taken along)' },
    ])
  })

  test('nor is what the far side does not give because it is too large', async () => {
    shelf.set('r1', () => {
      throw new SendError('too-large', 'the film has many frames')
    })
    await rig.receive('far', brings('Look', { reference: 'r1', name: 'film.mp4' }))
    expect(await bodies()).toMatchObject([
      { type: 'text', text: 'Look' },
      { fallback: 'film.mp4 (too large to be taken along)' },
    ])
  })

  test('so many messages have their files fetched at a time, and all of them in the end', async () => {
    const waiting: (() => void)[] = []
    let most = 0
    let now = 0
    Object.assign(far, {
      media: async () => {
        most = Math.max(most, ++now)
        await new Promise<void>((resolve) => waiting.push(resolve))
        now--
        return { bytes: bytes('png'), type: 'image/png' }
      },
    })
    const count = MAX_INTAKES + 2
    const received = Array.from({ length: count }, (_, n) =>
      rig.receive(
        'far',
        message(`m${n}`, { thread }, `words ${n}`, { media: [{ reference: `r${n}` }] }),
      ),
    )
    for (let done = 0; done < count; done++) {
      const next = await until('one is fetched', async () => waiting.shift(), 5_000)
      next()
    }
    await Promise.all(received)
    expect(most).toBe(MAX_INTAKES)
    expect((await bodies()).filter(({ type }) => type === 'file')).toHaveLength(count)
  })

  test.each(['x'.repeat(119) + '👋', '\ud83d.png'])(
    'a name such as %j keeps nothing away',
    async (name) => {
      shelf.set('r1', () => ({ bytes: bytes('png'), type: 'image/png', name }))
      expect(await rig.receive('far', brings('Look', { reference: 'r1' }))).toMatchObject({
        status: 200,
      })
      const [, file] = await bodies()
      expect(URL.canParse(urlOf(file))).toBe(true)
    },
  )

  test.each(['retry', 'unknown'] as const)(
    'C11: what cannot be had now (%s): 503 and nothing half; then all of it, once',
    async (failure) => {
      shelf.set('r1', () => ({ bytes: bytes('one'), type: 'image/png' }))
      shelf.set('r2', fails(failure))
      const fact = brings('Look', { reference: 'r1' }, { reference: 'r2' })
      expect(await rig.receive('far', fact)).toMatchObject({ status: 503 })
      expect(await bodies()).toEqual([])
      shelf.set('r2', () => ({ bytes: bytes('two'), type: 'image/png' }))
      expect(await rig.receive('far', fact)).toEqual({ status: 200, body: { applied: 1 } })
      expect((await bodies()).map(({ type }) => type)).toEqual(['text', 'file', 'file'])
    },
  )

  test('nothing is fetched of what we sent ourselves', async () => {
    shelf.set('r1', () => ({ bytes: bytes('png'), type: 'image/png' }))
    const fact = brings('Look', { reference: 'r1' })
    await rig.receive('far', { ...fact, echo: true } as typeof fact)
    const known = { ...fact, externalId: `far-${far.sent[0]?.key}` } as typeof fact
    await rig.receive('far', known)
    expect([fetched, await bodies()]).toEqual([[], []])
  })
})
