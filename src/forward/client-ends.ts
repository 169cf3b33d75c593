// Whom a server is told of where its connections begin with a PROXY header.
import type { Exchange } from '../exchange.js'
import type { ClientEnds, Server } from '../ports.js'

/** The client's ends; undefined for a server that is not told, and where nobody knows the client. A client behind a trusted proxy has no port that is known. */
export function clientEnds({ client, peer }: Exchange, { proxyProtocol }: Server): ClientEnds | undefined {
  const { address } = client
  if (proxyProtocol === undefined || address === undefined) return undefined
  return { source: { address, port: (address === peer.address ? peer.port : undefined) ?? 0 }, destination: peer.local }
}
