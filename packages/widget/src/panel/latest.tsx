import type { VNode } from 'preact'

import { DownIcon } from './later-icons.tsx'

/** Leads back to the end of a thread that was scrolled up. */
export function Latest({ label, onClick }: { label: string; onClick: () => void }): VNode {
  return (
    <button part="latest" onClick={onClick}>
      <DownIcon />
      {label}
    </button>
  )
}
