import { chatwoot } from './chatwoot/index.ts'
import type { Binding, ConfiguredConnector } from './configured.ts'
import { bindConnector } from './configured.ts'
import type { Capabilities, Connector, Field, Parsed } from './connector.ts'
import { email } from './email/index.ts'
import { emailFollowUp } from './email-follow-up/index.ts'
import { freshdesk } from './freshdesk/index.ts'
import { intercom } from './intercom/index.ts'
import { instagram } from './instagram/index.ts'
import { line } from './line/index.ts'
import { messenger } from './messenger/index.ts'
import { requestTracker } from './request-tracker/index.ts'
import { slack } from './slack/index.ts'
import { telegram } from './telegram/index.ts'
import { twilio } from './twilio/index.ts'
import { webhook } from './webhook/index.ts'
import { whatsapp } from './whatsapp/index.ts'
import { whatsappLink } from './whatsapp-link/index.ts'
import { zendeskMessaging } from './zendesk-messaging/index.ts'
import { zendeskSupport } from './zendesk-support/index.ts'

export type Bind = (input: unknown, binding: Binding) => Parsed<ConfiguredConnector>

/** A far side the relay can talk to, before anybody has set it up. */
export interface ConnectorType {
  readonly name: string
  readonly capabilities: Capabilities
  readonly fields: readonly Field[]
  readonly bind: Bind
}

/** Every far side the relay can talk to. */
export const CONNECTOR_TYPES: readonly ConnectorType[] = [
  typeOf(webhook),
  typeOf(requestTracker),
  typeOf(chatwoot),
  typeOf(slack),
  typeOf(telegram),
  typeOf(zendeskMessaging),
  typeOf(zendeskSupport),
  typeOf(freshdesk),
  typeOf(intercom),
  typeOf(email),
  typeOf(line),
  typeOf(messenger),
  typeOf(instagram),
  typeOf(whatsapp),
  typeOf(whatsappLink),
  typeOf(twilio),
  typeOf(emailFollowUp),
]

/** By the word that stands as `type` in the settings. */
export const REGISTRY: ReadonlyMap<string, Bind> = new Map(
  CONNECTOR_TYPES.map(({ name, bind }) => [name, bind]),
)

function typeOf<Settings>(connector: Connector<Settings>): ConnectorType {
  const { name, capabilities, fields } = connector
  return {
    name,
    capabilities,
    fields,
    bind: (input, binding) => bindConnector(connector, input, binding),
  }
}
