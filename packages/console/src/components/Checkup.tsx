import { useEffect, useState } from 'preact/hooks'

import type { Finding } from '../connector.ts'
import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

type Test =
  | { readonly state: 'running' }
  | { readonly state: 'failed' }
  | { readonly state: 'done'; readonly findings: readonly Finding[] }

/** Asks the far side whether everything is well, at once and whenever asked to. */
export function Checkup(props: {
  readonly desk: Desk
  readonly id: string
  readonly name: string
}) {
  const { desk, id, name } = props
  const [test, setTest] = useState<Test>({ state: 'running' })

  useEffect(() => {
    if (test.state !== 'running') return
    let gone = false
    void desk.actions.examine(id).then((findings) => {
      if (!gone) setTest(findings ? { state: 'done', findings } : { state: 'failed' })
    })
    return () => {
      gone = true
    }
  }, [desk, id, test])

  const bad = test.state === 'done' && test.findings.some(({ level }) => level === 'problem')
  return (
    <section class="form-card checkup" aria-labelledby="test-title">
      <div class="checkup-head">
        <div>
          <h2 class="form-title" id="test-title">
            {strings.test}
          </h2>
          <p class="form-help">{fill(strings.testHint, { name })}</p>
        </div>
        <button
          type="button"
          class="button"
          aria-disabled={test.state === 'running'}
          onClick={() => {
            if (test.state !== 'running') setTest({ state: 'running' })
          }}
        >
          <Icon name="replay" />
          {test.state === 'running' ? strings.testing : strings.testRun}
        </button>
      </div>
      <div aria-live="polite">
        {test.state === 'running' ? null : test.state === 'failed' ? (
          <p class="finding" data-level="problem">
            <Icon name="alert" />
            <span>{strings.testFailed}</span>
          </p>
        ) : (
          <>
            <p class="hidden">{bad ? strings.testBad : strings.testGood}</p>
            <ul class="findings">
              {test.findings.map(({ level, message }) => (
                <li key={message} class="finding" data-level={level}>
                  <Icon name={level === 'ok' ? 'check' : 'alert'} />
                  <span>
                    <span class="hidden">
                      {level === 'ok' ? strings.findingOk : strings.findingProblem}{' '}
                    </span>
                    {message}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  )
}
