import type { PersonLinks } from '../connectors/connector.ts'
import { originAllowed } from '../sites/origin.ts'
import type { Conversation, Site } from '../store/store.ts'
import type { MailLinks } from './mail-links.ts'

/** What the person of a conversation can do by a link that a connector sends to his address. */
export type LinksFor = (
  conversation: Conversation,
  connector: string,
  address: string,
) => Promise<PersonLinks>

export interface PersonLinksOptions {
  readonly mailLinks: Pick<MailLinks, 'issueResume' | 'issueStop'>
  readonly sites: { get(key: string): Promise<Pick<Site, 'origins'> | undefined> }
  readonly publicUrl: string
}

export const STOP_PATH = '/v1/follow-up/:connector/stop/:code'

export function createLinksFor({ mailLinks, sites, publicUrl }: PersonLinksOptions): LinksFor {
  return async ({ id: conversation, site, page }, connector, address) => {
    const resume = mailLinks.issueResume({ site, conversation })
    const stop = mailLinks.issueStop({ site, connector, conversation, address })
    // A page says by itself where it is. Where it may be, the site says.
    const { origins = [] } = (await sites.get(site)) ?? {}
    const listed =
      page && URL.canParse(page.url) && originAllowed(new URL(page.url).origin, origins)
    return {
      resume,
      ...(listed ? { page: page.url } : {}),
      stop: publicUrl + STOP_PATH.replace(':connector', connector).replace(':code', stop),
    }
  }
}
