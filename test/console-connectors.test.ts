import { describe, expect, test } from 'vitest'

import { FACED, faceOf } from '../packages/console/src/connector-faces.ts'
import { CONNECTOR_TYPES } from '../packages/relay/src/connectors/registry.ts'

/** The console's words for the relay's connectors: the two never import one another. */
describe.each(CONNECTOR_TYPES)('the console on $name', ({ name, capabilities, fields }) => {
  const face = faceOf(name)

  test('has a name and a line for it', () => {
    expect(FACED).toContain(name)
    expect(face.line).not.toBe('')
  })

  test('says what its roles mean, where there is a choice', () => {
    expect(face.roles !== undefined).toBe(capabilities.roles.length > 1)
  })

  test('speaks of settings that it asks for', () => {
    const kinds = new Map(fields.map((field) => [field.name, field.kind]))
    for (const secret of Object.keys(face.makes ?? {})) {
      expect([secret, kinds.get(secret)]).toEqual([secret, 'secret'])
    }
    if (face.template !== undefined) expect(kinds.get(face.template)).toBe('text')
  })
})

test('the console names no connector that the relay does not have', () => {
  expect(FACED.toSorted()).toEqual(CONNECTOR_TYPES.map(({ name }) => name).toSorted())
})
