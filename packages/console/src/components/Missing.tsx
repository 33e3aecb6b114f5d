import { hrefOf } from '../route.ts'
import { strings } from '../strings.ts'
import { Blank } from './Blank.tsx'
import { Icon } from './Icon.tsx'

/** An address that leads to no connector, and the way back. */
export function Missing(props: { readonly title: string; readonly hint: string }) {
  return (
    <main class="page">
      <a class="page-back" href={hrefOf({ name: 'connectors', connector: null })}>
        <Icon name="back" />
        {strings.backToConnectors}
      </a>
      <Blank icon="plug" title={props.title} hint={props.hint} />
    </main>
  )
}
