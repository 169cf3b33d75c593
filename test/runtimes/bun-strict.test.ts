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

const launch = (config: Config): Promise<GatewayProcess> => serveOn('bun', { ...config, listen: [config.listen ?? {}].flat().map((listener) => ({ ...listener, adapter: 'strict' as const })) })

adapterContract('bun strict', launch)
faithfulContract('bun strict', launch)
webSocketContract('bun strict', launch, { 'a listener carries it beside a strict one': 'its listeners are all strict' })
smugglingContract('bun strict', launch)
filesContract('bun strict', launch)
edgeIncludesContract('bun strict', launch)
filtersContract('bun strict', launch)
originsContract('bun strict', launch)
retriesContract('bun strict', launch)
connectionsContract('bun strict', launch)
outagesContract('bun strict', launch)
balancingContract('bun strict', launch)
compressionContract('bun strict', launch)
streamsContract('bun strict', launch)
slowClientsContract('bun strict', launch, { headers: '1s', keepAlive: '1s', idle: '1s' })
tlsContract('bun strict', launch, {
  'HTTP/2 is spoken: the host of its pseudo-field, cookies in one line, bodies of unknown length and none': 'HTTP/1.1 only',
  'the certificate is that of the name asked for, exact before wildcard, the first for any other': 'its node:https shows one certificate; several are refused at start',
  'certificates that have changed are shown, a broken one is not, and no request on a kept connection fails meanwhile': 'its node:https keeps the certificates it began with',
  'no new connection fails while certificates change': 'likewise',
  'a revoked certificate is refused': 'its node:https does not show certificates; `tls.clientAuth` is refused at start',
  'clients are let in by their certificates, of which none and those of others will not do': 'its node:https does not show them; `tls.clientAuth` is refused at start',
  'servers are told of the certificate, and of none that a client merely claims': 'its node:https does not show it; `tls.clientAuth` is refused at start',
  'a client is told by a PROXY header before its handshake': 'its node:https cannot take over a connection; it is refused at start',
})
