import { adapterContract } from '../contract/adapter.js'
import { balancingContract } from '../contract/balancing.js'
import { compressionContract } from '../contract/compression.js'
import { edgeIncludesContract } from '../contract/edge-includes.js'
import { connectionsContract } from '../contract/connections.js'
import { faithfulContract } from '../contract/faithful.js'
import { filesContract } from '../contract/files.js'
import { filtersContract } from '../contract/filters.js'
import { originsContract } from '../contract/origins.js'
import { outagesContract } from '../contract/outages.js'
import { retriesContract } from '../contract/retries.js'
import { slowClientsContract } from '../contract/slow-clients.js'
import { smugglingContract } from '../contract/smuggling.js'
import { streamsContract } from '../contract/streams.js'
import { tlsContract } from '../contract/tls.js'
import { webSocketContract } from '../contract/websocket.js'
import type { Config } from '../../src/index.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'

const launch = (config: Config): Promise<GatewayProcess> => serveOn('deno', { ...config, listen: [config.listen ?? {}].flat().map((listener) => ({ ...listener, adapter: 'strict' as const })) })

adapterContract('deno strict', launch)
faithfulContract('deno strict', launch)
webSocketContract('deno strict', launch, { 'a listener carries it beside a strict one': 'its listeners are all strict' })
smugglingContract('deno strict', launch)
filesContract('deno strict', launch)
edgeIncludesContract('deno strict', launch)
filtersContract('deno strict', launch)
originsContract('deno strict', launch)
retriesContract('deno strict', launch)
connectionsContract('deno strict', launch)
outagesContract('deno strict', launch)
balancingContract('deno strict', launch)
compressionContract('deno strict', launch)
streamsContract('deno strict', launch)
slowClientsContract('deno strict', launch, { headers: '1s', keepAlive: '1s' }, {
  'more connections than the process may open do not end it, and others are served once they are gone': 'its node:http takes in no connection any more, and does not tell',
})
tlsContract('deno strict', launch, {
  'HTTP/2 is spoken: the host of its pseudo-field, cookies in one line, bodies of unknown length and none': 'HTTP/1.1 only',
  'a revoked certificate is refused': 'its TLS does not look at such lists; `tls.clientAuth.crl` is refused at start',
  'a client is told by a PROXY header before its handshake': 'its node:http drops such connections; it is refused at start',
})
