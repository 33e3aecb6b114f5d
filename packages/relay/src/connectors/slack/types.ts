/** Settings of the Slack connector, checked. */
export interface SlackSettings {
  /** Address of the Web API without a slash at the end. */
  readonly api: string
  /** The bot's token, "xoxb-…". */
  readonly token: string
  readonly signingSecret: string
  /** The channel in which conversations are opened, by its id. */
  readonly channel: string
  /** What visitors read as the name of a member, by the member's id. */
  readonly agents: ReadonlyMap<string, string>
}

/** A conversation's first message there; the replies to it are the conversation. */
export interface SlackThread {
  readonly channel: string
  /** Slack's id of a message within its channel: seconds with six decimals, as a text. */
  readonly ts: string
}

/** Stands on every message we post, and comes back where messages are read. */
export interface SlackMark {
  readonly conversation: string
  readonly key: string
}

/** The name of our marks among those of other apps. */
export const MARK_TYPE = 'homing_entry'

/** The channel stands in it, for a conversation stays where it is when the settings change. */
export function threadName({ channel, ts }: SlackThread): string {
  return `${channel}/${ts}`
}

export function readThread(name: string): SlackThread | undefined {
  const match = /^([A-Z0-9]{1,30})\/(\d{1,12}\.\d{1,6})$/.exec(name)
  const [, channel, ts] = match ?? []
  return channel === undefined || ts === undefined ? undefined : { channel, ts }
}
