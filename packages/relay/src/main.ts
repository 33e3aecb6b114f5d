#!/usr/bin/env node
import { HomingError } from '@homing/core'
import { runBackup, runRestore } from './commands/backup.ts'
import { runCsp } from './commands/csp.ts'
import { runDoctor } from './commands/doctor.ts'
import { runServe } from './commands/serve.ts'
import { runSite } from './commands/site.ts'
import type { Command } from './commands/command.ts'
import { UsageError } from './commands/command.ts'
import { ConfigError } from './config.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: runServe,
  site: runSite,
  backup: runBackup,
  restore: runRestore,
  doctor: runDoctor,
  csp: runCsp,
}

const HELP = `homing: the relay of the Homing messaging widget

  homing serve                        run the relay
  homing site list                    the sites and their origins
  homing site add KEY --name NAME --origin ORIGIN [--origin …]
  homing site set KEY [--name NAME] [--origin ORIGIN …] [--accent #RRGGBB]
                      [--side start|end] [--scheme light|dark|auto]
                      [--greeting TEXT] [--locale TAG]
  homing csp KEY                      what a page's Content-Security-Policy needs
  homing doctor                       check settings, log and connectors
  homing backup FILE                  copy log and files, also while they are in use
  homing restore FILE                 put a backup in the log's place; the relay must be stopped

Settings come from the environment:
  HOMING_PORT             8787; 0: any free one
  HOMING_HOST             address to listen on; all of the machine's when unset
  HOMING_DATA             .homing, the directory of the log
  HOMING_PUBLIC_URL       http://localhost:PORT, the address people reach the relay by
  HOMING_API_KEY          opens the agents' API; 24 characters or more
  HOMING_OWNER_PASSWORD   opens the console; 12 characters or more; else a link is printed
  HOMING_CONNECTORS       path of the connectors' JSON file
  HOMING_SEAL_KEY         32 bytes in base64 that seal what is set up in the console;
                          else HOMING_DATA/seal.key is made and used
  HOMING_TRUSTED_PROXIES  addresses or ranges whose X-Forwarded-For is believed
  HOMING_ALLOW_PRIVATE    private hosts or ranges that connectors may reach
  HOMING_LOG_LEVEL        error, info or debug
`

async function main(argv: readonly string[]): Promise<number> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  const [name, ...args] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    print(HELP)
    return name === undefined ? 2 : 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command || args.includes('--help')) {
    print(HELP)
    return command ? 0 : 2
  }
  return command({ args, environment: process.env, print })
}

/** People read sentences; only a fault of our own shows where it happened. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['The settings have problems:', ...error.problems.map((line) => `  - ${line}`)].join(
      '\n',
    )
  }
  if (error instanceof UsageError) return `${error.message}\nSee "homing --help".`
  if (error instanceof HomingError) return error.message
  if (error instanceof Error && Reflect.get(error, 'code') === 'EADDRINUSE') {
    return 'The port is taken. Stop what uses it, or set HOMING_PORT.'
  }
  if (error instanceof Error && String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS')) {
    return `${error.message}\nSee "homing --help".`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`)
    process.exitCode = 1
  },
)
