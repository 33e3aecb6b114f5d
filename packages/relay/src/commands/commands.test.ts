import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API_KEY, openRelayRig } from '../../test/relay-rig.ts'
import { runBackup, runRestore } from './backup.ts'
import type { Command } from './command.ts'
import { openStore } from './command.ts'
import { runCsp } from './csp.ts'
import { runDoctor } from './doctor.ts'
import { runSite } from './site.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homing-command-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function run(command: Command, args: string, environment = {}) {
  const lines: string[] = []
  const code = await command({
    args: args.split(' ').filter((word) => word !== ''),
    environment: { HOMING_DATA: directory, ...environment },
    print: (line) => lines.push(line),
  })
  return { code, text: lines.join('\n') }
}

describe('homing site', () => {
  test('adds, changes what is named and lists', async () => {
    const added = await run(runSite, 'add pk_x --name X --origin https://x.test')
    expect(added.text).toContain('<script async src="http://localhost:8787/widget/pk_x.js">')
    await run(
      runSite,
      'set pk_x --accent #FF0000 --origin https://*.x.test --origin https://y.test',
    )
    expect((await run(runSite, 'list')).text).toBe('pk_x  X  https://*.x.test https://y.test')
  })

  test.each([
    ['', 'Say what to do'],
    ['add x --name X --origin https://x.test', 'The key must be'],
    ['add pk_x --name X', 'At least one origin'],
    ['add pk_x --name X --origin x.test', 'is no origin'],
    ['set pk_x --name X', 'There is no site'],
    ['add pk_x --nmae X', "Unknown option '--nmae'"],
  ])('"%s" is told what is wrong', async (args, sentence) => {
    await expect(run(runSite, args)).rejects.toThrow(sentence)
  })

  test('asks the relay that runs in the directory, with the key', async () => {
    const rig = await openRelayRig()
    const environment = { HOMING_DATA: rig.directory, HOMING_HOST: '127.0.0.1' }
    const port = new URL(rig.url).port
    const withKey = { ...environment, HOMING_PORT: port, HOMING_API_KEY: API_KEY }
    await expect(run(runSite, 'list', environment)).rejects.toThrow('HOMING_API_KEY')
    await run(runSite, 'add pk_y --name Y --origin https://y.test', withKey)
    expect((await run(runSite, 'list', withKey)).text).toContain('pk_y')
    expect(await rig.relay.sites.get('pk_y')).toMatchObject({ name: 'Y' })
    await rig.close()
  })
})

test('homing backup copies beside a running relay; restore needs it stopped, then starts a new epoch', async () => {
  const rig = await openRelayRig()
  const environment = { HOMING_DATA: rig.directory }
  const file = join(directory, 'copy')
  await run(runBackup, file, environment)
  await expect(run(runBackup, file, environment)).rejects.toThrow('there already')
  await expect(run(runRestore, file, environment)).rejects.toThrow('in use')
  const { epoch } = rig.relay.store
  await rig.relay.close()
  expect((await run(runRestore, file, environment)).text).toContain('is kept in')
  const store = await openStore({ data: rig.directory })
  expect(store.epoch).not.toBe(epoch)
  await store.close()
  await rig.close()
})

test('homing csp names what a page has to allow', async () => {
  await run(runSite, 'add pk_x --name X --origin https://x.test')
  const { text } = await run(runCsp, 'pk_x', { HOMING_PUBLIC_URL: 'https://chat.test' })
  expect(text.split('\n')).toEqual([
    'script-src https://chat.test;',
    'connect-src https://chat.test wss://chat.test;',
    'img-src https://chat.test;',
  ])
  await expect(run(runCsp, 'pk_none')).rejects.toThrow('There is no site')
})

test('homing doctor finds what is missing, and is content when nothing is', async () => {
  const before = await run(runDoctor, '')
  expect(before.code).toBe(1)
  expect(before.text).toContain('PROBLEM There is no site')
  await run(runSite, 'add pk_x --name X --origin https://x.test')
  expect((await run(runDoctor, '')).code).toBe(0)
  const plain = await run(runDoctor, '', { HOMING_PUBLIC_URL: 'http://chat.test' })
  expect(plain.text).toContain('PROBLEM HOMING_PUBLIC_URL is plain http')
})
