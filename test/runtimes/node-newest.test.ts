import { adapterContract } from '../contract/adapter.js'
import { balancingContract } from '../contract/balancing.js'
import { compressionContract } from '../contract/compression.js'
import { edgeIncludesContract } from '../contract/edge-includes.js'
import { connectionsContract } from '../contract/connections.js'
import { faithfulContract } from '../contract/faithful.js'
import { filesContract } from '../contract/files.js'
import { filtersContract } from '../contract/filters.js'
import { http2Contract } from '../contract/http2.js'
import { http2OriginsContract } from '../contract/http2-origins.js'
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

const launch = (config: Config): Promise<GatewayProcess> => serveOn('node newest', config)

adapterContract('node newest', launch)
faithfulContract('node newest', launch)
webSocketContract('node newest', launch)
smugglingContract('node newest', launch)
filesContract('node newest', launch)
edgeIncludesContract('node newest', launch)
filtersContract('node newest', launch)
originsContract('node newest', launch)
retriesContract('node newest', launch)
connectionsContract('node newest', launch)
outagesContract('node newest', launch)
balancingContract('node newest', launch)
compressionContract('node newest', launch)
streamsContract('node newest', launch)
slowClientsContract('node newest', launch, { headers: '1s', keepAlive: '1s', idle: '1s' })
tlsContract('node newest', launch)
http2Contract('node newest', launch)
http2OriginsContract('node newest', launch)
