import type { Entry } from '@homing/core'
import { isText } from '@homing/core'
import type { Capabilities } from '../connectors/connector.ts'
import { lengthOf } from './parts.ts'

/** Room that putting texts together takes: names, times, line ends. */
const OVERHEAD = 80

/** How many of those that stand behind an entry fit into one send with it; texts only. Pure. */
export function gather(
  first: Entry,
  waiting: readonly Entry[],
  limit: Pick<Capabilities, 'maxText' | 'textUnit'>,
): number {
  const sizeOf = ({ body }: Entry): number =>
    isText(body) ? lengthOf(body.text, limit.textUnit) + OVERHEAD : Infinity
  let used = sizeOf(first)
  const end = waiting.findIndex((each) => {
    used += sizeOf(each)
    return used > limit.maxText
  })
  return end < 0 ? waiting.length : end
}
