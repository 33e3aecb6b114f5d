import type { Connector } from './connector.ts'
import { SendError } from './connector.ts'

/**
 * What a far side does not have. Every method exists in every connector, and `capabilities` says
 * which may be called; these stand in the places of the others.
 */
export const ABSENT: Pick<
  Connector<unknown>,
  'greet' | 'wake' | 'notice' | 'reconcile' | 'locate' | 'poll' | 'media' | 'invite'
> = {
  greet: () => undefined,
  wake: () => Promise.reject(new SendError('needs-template', 'there is no template')),
  notice: () => Promise.reject(new SendError('bad-content', 'there is no line for notices')),
  reconcile: () => Promise.resolve('unsure'),
  locate: () => Promise.resolve(undefined),
  invite: () => undefined,
  media: () => Promise.reject(new SendError('bad-content', 'there is no media')),
  poll: (cursor) => Promise.resolve({ facts: [], cursor: cursor ?? '' }),
}
