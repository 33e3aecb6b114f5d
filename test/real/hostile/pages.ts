import { describe, expect, it } from 'vitest'

import type { Engine, EngineName } from '../../browsers/browser.ts'
import { describeEngines } from '../../browsers/engines.ts'
import { recordProblems } from '../../browsers/in-page.ts'
import { ANSWERS } from './answers.ts'
import { BODIES } from './bodies.ts'
import { converse } from './converse.ts'
import { frames } from './frames.ts'
import type { Hostility } from './hostility.ts'
import { lives } from './lives.ts'
import { LOOKS } from './looks.ts'
import { SCRIPTS } from './scripts.ts'
import { shareStage } from './shared-stage.ts'
import type { SharedStage } from './shared-stage.ts'
import { storage } from './storage.ts'

// The strictest policies have a suite of their own: ../csp.real.test.ts.

/** The conversation on every hostile page, in one engine: its own file, so that they run side by side. */
export function hostilePages(name: EngineName): void {
  describeEngines('a hostile page', (_open, engine) => define(engine), [name])
}

function define(engine: Engine): void {
  const stage = shareStage(engine)
  for (const hostility of [...SCRIPTS, ...LOOKS, ...BODIES, ...ANSWERS]) meet(stage, hostility)
  describe('in a frame', () => frames(stage))
  describe('where storage fails', () => storage(stage))
  describe('many lives', () => lives(stage))
}

function meet(stage: SharedStage, hostility: Hostility): void {
  const { name, page, files, before, during, after, keeps, tolerated } = hostility
  const reason = hostility.not?.[stage.engine.name]
  if (reason !== undefined) {
    console.log(`skipped: ${stage.engine.name}: ${name}: ${reason}`)
    it.skip(`C1 C2 C6 C8: ${name} (${reason})`, () => {})
    return
  }
  it(`C1 C2 C6 C8: ${name}`, async () => {
    const tag = `<script>(${String(recordProblems)})()</script>
      <script async src="${stage.script}"></script>`
    const host = await stage.host({ '/': page(tag), ...files })
    const { tab, problems } = await stage.open(host.origin)
    await before?.(tab)
    const { agents } = stage
    await converse({ tab, agents, topic: name, during, keeps, reload: () => tab.reload() })
    await after?.(tab)
    const mine = (await problems()).filter(({ text }) => !tolerated?.test(text))
    expect(mine).toEqual([])
  })
}
