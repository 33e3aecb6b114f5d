/** Settings of the LINE connector, checked. */
export interface LineSettings {
  readonly token: string
  readonly channelSecret: string
  /** "@lamps"; links to the account need it. */
  readonly basicId: string | undefined
  /** The merchant's own LINE account, where conversations come to as to a desk. */
  readonly merchant: string | undefined
  /** What visitors read as the name of who answers from there. */
  readonly merchantName: string | undefined
  /** Without a slash at the end. */
  readonly api: string
  /** Files have a host of their own. */
  readonly data: string
}
