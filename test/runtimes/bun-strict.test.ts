import { adapterContract } from '../contract/adapter.js'
import { balancingContract } from '../contract/balancing.js'
import { connectionsContract } from '../contract/connections.js'
import { faithfulContract } from '../contract/faithful.js'
import { filtersContract } from '../contract/filters.js'
import { originsContract } from '../contract/origins.js'
import { outagesContract } from '../contract/outages.js'
import { retriesContract } from '../contract/retries.js'
import { slowClientsContract } from '../contract/slow-clients.js'
import { smugglingContract } from '../contract/smuggling.js'
import { streamsContract } from '../contract/streams.js'
import { webSocketContract } from '../contract/websocket.js'
import type { Config } from '../../src/index.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'

const launch = (config: Config): Promise<GatewayProcess> => serveOn('bun', { ...config, listen: { ...config.listen, adapter: 'strict' } })

adapterContract('bun strict', launch)
faithfulContract('bun strict', launch)
webSocketContract('bun strict', launch, { 'a listener carries it beside a strict one': 'its listeners are all strict' })
smugglingContract('bun strict', launch)
filtersContract('bun strict', launch)
originsContract('bun strict', launch)
retriesContract('bun strict', launch)
connectionsContract('bun strict', launch)
outagesContract('bun strict', launch)
balancingContract('bun strict', launch)
streamsContract('bun strict', launch)
slowClientsContract('bun strict', launch, { headers: '1s', keepAlive: '1s', idle: '1s' })
