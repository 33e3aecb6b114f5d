import { Icon } from './Icon.tsx'
import type { IconName } from './Icon.tsx'

/** What stands where there is nothing to show. */
export function Blank(props: {
  readonly icon: IconName
  readonly title: string
  readonly hint: string
}) {
  return (
    <div class="blank">
      <span class="blank-icon">
        <Icon name={props.icon} />
      </span>
      <p class="blank-title">{props.title}</p>
      <p class="blank-hint">{props.hint}</p>
    </div>
  )
}
