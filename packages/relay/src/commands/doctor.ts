import { access, constants, mkdir, stat } from 'node:fs/promises'
import { HomingError } from '@homing/core'
import { SYSTEM_CLOCK } from '../clock.ts'
import type { Config } from '../config.ts'
import { parseConfig } from '../config.ts'
import { unknownSites } from '../connectors/configure.ts'
import type { Finding } from '../connectors/connector.ts'
import { createMailPort } from '../mail/create-mail-port.ts'
import { ioOf } from '../connectors/outside.ts'
import { createGuardedFetch } from '../connectors/guarded-fetch.ts'
import type { Command } from './command.ts'
import { openSiteBook } from './site-book.ts'

/** Looks at everything a running relay depends on, and says what to mend. Exit code 1: something. */
export const runDoctor: Command = async ({ environment, print }) => {
  // Settings come first: what is wrong there would only show again further down.
  const config = parseConfig(environment)
  const findings: Finding[] = [{ level: 'ok', message: 'The settings can be read.' }]
  findings.push(...checkAddress(config))
  findings.push(await checkDirectory(config.data))
  findings.push(...(await checkSites(config)))
  findings.push(...(await checkConnectors(config)))
  for (const { level, message } of findings)
    print(`${level === 'ok' ? 'ok     ' : 'PROBLEM'} ${message}`)
  return findings.some(({ level }) => level === 'problem') ? 1 : 0
}

function checkAddress({ publicUrl }: Config): readonly Finding[] {
  if (publicUrl === undefined) {
    return [ok('HOMING_PUBLIC_URL is not set: good for this machine only.')]
  }
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1') return []
  return [
    problem(
      'HOMING_PUBLIC_URL is plain http: pages on https cannot load the widget. Put https in front.',
    ),
  ]
}

async function checkDirectory(directory: string): Promise<Finding> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await access(directory, constants.R_OK | constants.W_OK)
    if (!(await stat(directory)).isDirectory()) return problem(`${directory} is no directory.`)
    return ok(`${directory} can be written.`)
  } catch {
    return problem(`${directory} cannot be written by this user. See HOMING_DATA.`)
  }
}

async function checkSites(config: Config): Promise<readonly Finding[]> {
  try {
    const book = await openSiteBook(config)
    try {
      const keys = (await book.all()).map((site) => site.key)
      const findings = unknownSites(config.connectors, keys).map(problem)
      if (keys.length === 0) findings.push(problem('There is no site. Add one: homing site add …'))
      return [ok(`The log can be read; sites in it: ${keys.length}.`), ...findings]
    } finally {
      await book.close()
    }
  } catch (error) {
    if (error instanceof HomingError) return [problem(error.message)]
    throw error
  }
}

/** One far side may take this long to answer all its checks, ms. */
const CONNECTOR_TIMEOUT_MS = 15_000

async function checkConnectors(config: Config): Promise<readonly Finding[]> {
  const outside = createGuardedFetch({ allow: config.allowPrivate })
  const mails = createMailPort({ allow: config.allowPrivate })
  try {
    const found = await Promise.all(
      config.connectors.map(async (connector) => {
        const signal = AbortSignal.timeout(CONNECTOR_TIMEOUT_MS)
        const io = ioOf({ fetch: outside.fetch, mail: mails.mail }, signal, SYSTEM_CLOCK.now())
        const findings = await connector
          .doctor(io)
          .catch(() => [problem('its checks did not come to an end.')])
        return findings.map(({ level, message }) => ({
          level,
          message: `connector ${connector.id}: ${message}`,
        }))
      }),
    )
    return found.flat()
  } finally {
    await outside.close()
    mails.close()
  }
}

function ok(message: string): Finding {
  return { level: 'ok', message }
}

function problem(message: string): Finding {
  return { level: 'problem', message }
}
