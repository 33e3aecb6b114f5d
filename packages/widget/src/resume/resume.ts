import type { Clock, Stop } from '@homing/core'

import type { CommandContext } from '../engine/commands.ts'
import type { ConversationItem } from '../engine/state.ts'
import { browserClock } from '../platform/browser.ts'
import type { ReadonlySignal } from '../signal.ts'
import type { ResumeAnswer } from './ask.ts'
import { askResume } from './ask.ts'
import { takeCode } from './address.ts'
import { holdPlace } from './place.ts'
import { redeem } from './redeem.ts'
import { resumeWords } from './words.ts'

/** What was said is on its way by the link; after this long the thread opens without it, ms. */
const ARRIVAL_MS = 8_000

/** One link at a time: who follows another one waits for the first no more. */
let giveUp: Stop = () => {}

/**
 * Somebody has followed a link from a mail: opens the conversation that it leads to. A download of
 * its own. What this browser had before stays as it is. Done as soon as the panel is open, so that
 * whatever the page asks for next does not have to wait for the network.
 */
export async function resume(
  context: CommandContext,
  page: Window = window,
  clock: Clock = browserClock,
): Promise<void> {
  const code = takeCode(page)
  if (code === undefined) return
  giveUp()
  const { state } = context
  const session = context.session()
  await session.ready
  state.notice.value = null
  const place = holdPlace(state, session)
  const isHis = (): boolean => context.current() === session

  const settled = (answer: ResumeAnswer): void => {
    if (answer.kind === 'resumed') {
      const { conversation } = answer
      stop = whenHere(state.conversations, conversation, clock, () => {
        if (isHis()) place.lead(conversation)
        else context.current()?.actions.openConversation(conversation)
      })
      return
    }
    if (isHis()) place.leave()
    const words = resumeWords(state.locale.peek())
    state.notice.value = answer.kind === 'ended' ? words.ended : words.failed
  }

  let stop: Stop = () => {}
  giveUp = () => {
    stop()
    if (isHis()) place.leave()
  }
  try {
    await context.setOpen(true)
    place.wait()
  } finally {
    const { key: site, relay } = state.settings.peek()
    stop = redeem({
      connection: state.connection,
      clock,
      session: context.current,
      ask: (token) => askResume(relay, { site, token, code }),
      settled,
    })
  }
}

/** Once there is something to read, so that the thread begins at what is new. */
function whenHere(
  conversations: ReadonlySignal<readonly ConversationItem[]>,
  conversation: string,
  clock: Clock,
  run: () => void,
): Stop {
  let stops: readonly Stop[] = []
  const stop = (): void => stops.forEach((each) => each())
  const end = (): void => {
    stop()
    run()
  }
  const isHere = (): boolean => conversations.peek().some(({ id }) => id === conversation)
  if (isHere()) {
    run()
    return stop
  }
  stops = [clock.after(ARRIVAL_MS, end), conversations.subscribe(() => isHere() && end())]
  return stop
}
