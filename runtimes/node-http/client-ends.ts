// The two ends of a client's connection, as a PROXY header tells them.
import type { OutboundRequest } from '../../src/index.js'

/** One end of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** A client's connection, as far as it is known: port 0, no destination, or one without an address, where it is not. */
export interface ClientEnds {
  readonly source: Endpoint
  readonly destination: { readonly address: string | undefined; readonly port: number } | undefined
}

/** The ends of the connection that a request came by; undefined where nobody knows the client. A client behind a trusted proxy has no port that is known. */
export function clientEnds({ client, peer }: Pick<OutboundRequest, 'client' | 'peer'>): ClientEnds | undefined {
  const address = client?.address
  return address === undefined ? undefined : { source: { address, port: (address === peer?.address ? peer.port : undefined) ?? 0 }, destination: peer?.local }
}
