import { isText } from '@homing/core'
import type { Capabilities } from '../connectors/connector.ts'
import type { Delivery } from '../store/store.ts'
import { lengthOf } from './parts.ts'

/** Room that putting texts together takes: names, times, line ends. */
const OVERHEAD = 80

/** Of what stands behind a delivery, what fits into one send with it; texts only, in order. Pure. */
export function gather(
  first: Delivery,
  waiting: readonly Delivery[],
  limit: Pick<Capabilities, 'maxText' | 'textUnit'>,
): { readonly taken: readonly Delivery[]; readonly left: readonly Delivery[] } {
  const sizeOf = ({ entry }: Delivery): number =>
    isText(entry.body) ? lengthOf(entry.body.text, limit.textUnit) + OVERHEAD : Infinity
  let used = sizeOf(first)
  const end = waiting.findIndex((each) => {
    used += sizeOf(each)
    return used > limit.maxText
  })
  const count = end < 0 ? waiting.length : end
  return { taken: waiting.slice(0, count), left: waiting.slice(count) }
}
