import type { Binding, ConfiguredConnector } from './configured.ts'
import { bindConnector } from './configured.ts'
import type { Parsed } from './connector.ts'
import { line } from './line/index.ts'
import { requestTracker } from './request-tracker/index.ts'
import { slack } from './slack/index.ts'
import { webhook } from './webhook/index.ts'
import { zendeskSupport } from './zendesk-support/index.ts'

export type Bind = (input: unknown, binding: Binding) => Parsed<ConfiguredConnector>

/** Every far side the relay can talk to, by the word that stands as `type` in the settings. */
export const REGISTRY: ReadonlyMap<string, Bind> = new Map<string, Bind>([
  [webhook.name, (input, binding) => bindConnector(webhook, input, binding)],
  [requestTracker.name, (input, binding) => bindConnector(requestTracker, input, binding)],
  [slack.name, (input, binding) => bindConnector(slack, input, binding)],
  [zendeskSupport.name, (input, binding) => bindConnector(zendeskSupport, input, binding)],
  [line.name, (input, binding) => bindConnector(line, input, binding)],
])
