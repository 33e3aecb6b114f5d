import { expect, test } from 'vitest'
import { busContract } from '../../test/contracts/bus-contract.ts'
import { createMemoryBus } from './memory-bus.ts'

busContract('memory', () =>
  Promise.resolve(
    createMemoryBus((cause) => {
      throw cause
    }),
  ),
)

test('a listener that throws does not keep the others from hearing', () => {
  const errors: unknown[] = []
  const bus = createMemoryBus((cause) => errors.push(cause))
  const heard: string[] = []
  bus.subscribe('visitor:v', () => {
    throw new Error('broken')
  })
  bus.subscribe('visitor:v', (hint) => heard.push(hint.kind))
  bus.publish(['visitor:v'], { kind: 'changed', site: 's', visitor: 'v', conversation: 'c' })
  expect(heard).toEqual(['changed'])
  expect(errors).toHaveLength(1)
})
