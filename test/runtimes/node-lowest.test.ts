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

const launch = (config: Config): Promise<GatewayProcess> => serveOn('node lowest', config)

adapterContract('node lowest', launch)
faithfulContract('node lowest', launch)
webSocketContract('node lowest', launch)
smugglingContract('node lowest', launch)
filesContract('node lowest', launch)
edgeIncludesContract('node lowest', launch)
filtersContract('node lowest', launch)
originsContract('node lowest', launch)
retriesContract('node lowest', launch, { 'a QUERY is sent again with its body': 'its HTTP parser does not know the method; Node 22 does' })
connectionsContract('node lowest', launch)
outagesContract('node lowest', launch)
balancingContract('node lowest', launch)
compressionContract('node lowest', launch)
streamsContract('node lowest', launch)
slowClientsContract('node lowest', launch, { headers: '1s', keepAlive: '1s', idle: '1s' })
tlsContract('node lowest', launch)
http2Contract('node lowest', launch)
http2OriginsContract('node lowest', launch)
