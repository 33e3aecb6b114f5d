import type { DeskSignal } from '../desk.ts'
import type { Session } from '../session.ts'
import { strings } from '../strings.ts'
import { Frame } from './Frame.tsx'
import { Mark } from './Icon.tsx'
import { SignIn } from './SignIn.tsx'

export function App(props: { readonly session: Session; readonly desk: DeskSignal }) {
  const now = props.session.now.value
  switch (now.state) {
    case 'checking':
      // A moment only; a spinner would flicker.
      return <main class="gate" aria-busy="true" aria-label={strings.loading} />
    case 'unreachable':
      return (
        <main class="gate">
          <div class="gate-card gate-form">
            <Mark />
            <h1>{strings.product}</h1>
            <p class="gate-hint" role="alert">
              {strings.unreachable}
            </p>
            <button
              type="button"
              class="button button-primary button-wide"
              onClick={() => void props.session.check()}
            >
              {strings.retry}
            </button>
          </div>
        </main>
      )
    case 'out':
    case 'link':
      return <SignIn now={now} session={props.session} />
    case 'in': {
      const desk = props.desk.value
      return desk === null ? <main class="gate" /> : <Frame key={desk.site.key} desk={desk} />
    }
  }
}
