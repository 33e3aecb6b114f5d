import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

import type { Entry } from '../../packages/core/src/index.ts'
import { createMemoryKeyedStore, isText } from '../../packages/core/src/index.ts'
import { homing } from '../homing-command.ts'
import { openNodeClient } from '../node-client.ts'
import { newId } from '../relay-api.ts'
import { openRelay } from './open-relay.ts'

const textOf = ({ body }: Entry): string => (isText(body) ? body.text : body.type)
const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`)

it.each(['socket', 'poll'] as const)(
  'C2 C3 C6 C7 C8: an older backup is restored under a new epoch: readers by %s begin anew, keep what was not acked, and send it once',
  async (transport) => {
    const { relay, api } = await openRelay()
    const folder = await mkdtemp(join(tmpdir(), 'homing-backup-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const store = createMemoryKeyedStore()
    const open = () => openNodeClient({ relay: relay.origin, store, transports: [transport] })
    const client = await open()
    const other = await openNodeClient({
      relay: relay.origin,
      store: createMemoryKeyedStore(),
      transports: [transport],
    })
    const [mine, theirs] = [newId(), newId()]
    const sayAll = async (texts: readonly string[]): Promise<void> => {
      for (const text of texts) await client.say(mine, text)
    }
    const allAcked = () => client.until('all is acked', ({ drafts }) => drafts().length === 0)

    const kept = numbered('kept', 6)
    await sayAll(kept)
    await other.say(theirs, 'hello?')
    await allAcked()
    await other.until('it is acked', ({ drafts }) => drafts().length === 0)
    const { epoch } = (await api.ask('GET', `/api/v1/conversations/${mine}/entries`)).json
    // While it runs, as an operator's nightly job does.
    const backup = join(folder, 'backup.sqlite')
    await homing(relay, 'backup', backup)

    const lost = numbered('after the backup', 5)
    await sayAll(lost)
    const begun = newId()
    await client.say(begun, 'a conversation of which the backup knows nothing')
    await allAcked()
    await relay.kill9()
    const pending = numbered('written while it was away', 4)
    await sayAll(pending)
    await client.say(begun, 'and its next words')

    await homing(relay, 'restore', backup)
    await relay.restart()
    const healed = performance.now()
    await allAcked()
    await client.until(
      'it has caught up',
      () => client.texts(mine).length === kept.length + pending.length,
    )
    const took = performance.now() - healed

    const log = await api.log(mine)
    expect(log.map(textOf)).toEqual([...kept, ...pending])
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
    expect(client.texts(mine)).toEqual(log.map(textOf))
    // What was made after the backup and is not in it begins with what came again.
    expect((await api.log(begun)).map(textOf)).toEqual(['and its next words'])
    expect(client.texts(begun)).toEqual(['and its next words'])
    const now = (await api.ask('GET', `/api/v1/conversations/${mine}/entries`)).json.epoch
    expect(now).not.toBe(epoch)
    // Who had nothing to lose has lost nothing.
    await other.until('it is back', ({ link }) => link() === 'live')
    await other.say(theirs, 'still there?')
    await other.until('it is acked', ({ drafts }) => drafts().length === 0)
    expect((await api.log(theirs)).map(textOf)).toEqual(['hello?', 'still there?'])
    expect(other.texts(theirs)).toEqual(['hello?', 'still there?'])
    expect([...client.faults, ...other.faults]).toEqual([])

    // And a page that is opened later, on what the browser kept, has the same.
    client.drop()
    const later = await open()
    await later.until('it has it all', () => later.texts(mine).length === log.length)
    await later.say(mine, 'goodbye')
    await later.until('it is acked', ({ drafts }) => drafts().length === 0)
    expect((await api.log(mine)).map(textOf)).toEqual([...kept, ...pending, 'goodbye'])
    expect(later.texts(mine)).toEqual([...kept, ...pending, 'goodbye'])
    console.info(
      `By ${transport}: at the head of the restored log, all resent, after ${took.toFixed(0)} ms.`,
    )
    for (const each of [later, other]) each.drop()
  },
)
