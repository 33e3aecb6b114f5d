import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededBytes, seededRandom } from '../test/seeded-random.ts'
import { isUuid, uuidv7 } from './ids.ts'

const random = seededBytes(seededRandom(1))
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })

it('C2: a draft id is a UUID of version 7', () => {
  fc.assert(
    fc.property(times, (now) => {
      const id = uuidv7(now, random)
      expect(isUuid(id)).toBe(true)
      expect(id[14]).toBe('7')
      expect('89ab').toContain(id[19])
      expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now)
    }),
  )
})

it('C2: ids sort by the time they were made', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      if (a === b) return
      expect(uuidv7(a, random) < uuidv7(b, random)).toBe(a < b)
    }),
  )
})

it('C2: ids of one moment differ', () => {
  const made = new Set(Array.from({ length: 10_000 }, () => uuidv7(1, random)))
  expect(made.size).toBe(10_000)
})

it('P3: what is no lower-case UUID is none', () => {
  const id = uuidv7(1, random)
  for (const wrong of [
    '',
    id.toUpperCase(),
    id.slice(1),
    `${id}0`,
    `{${id}}`,
    id.replace('-7', '-0'),
  ]) {
    expect(isUuid(wrong)).toBe(false)
  }
})
