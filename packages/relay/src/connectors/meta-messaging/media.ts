import type { ConnectorIo, Media } from '../connector.ts'
import { download } from '../download.ts'
import type { Dialect } from './types.ts'

/** The address came with the message and needs no token; it ends after some hours or days. */
export function media(reference: string, dialect: Dialect, io: ConnectorIo): Promise<Media> {
  return download(reference, { farSide: dialect.farSide }, io)
}
