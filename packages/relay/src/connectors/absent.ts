import type { Connector } from './connector.ts'
import { SendError } from './connector.ts'

/**
 * What a far side does not have. Every method exists in every connector, and `capabilities` says
 * which may be called; these stand in the places of the others.
 */
export const ABSENT: Pick<
  Connector<unknown>,
  'greet' | 'wake' | 'tell' | 'notice' | 'reconcile' | 'locate' | 'poll' | 'media' | 'invite'
> = {
  greet: () => undefined,
  wake: () => Promise.reject(new SendError('needs-template', 'there is no template')),
  tell: () => Promise.reject(new SendError('bad-content', 'it is told nothing of the kind')),
  notice: () => Promise.reject(new SendError('bad-content', 'there is no line for notices')),
  reconcile: () => Promise.resolve('unsure'),
  locate: () => Promise.resolve(undefined),
  invite: () => undefined,
  media: () => Promise.reject(new SendError('bad-content', 'there is no media')),
  poll: (cursor) => Promise.resolve({ facts: [], cursor: cursor ?? '' }),
}
