import { adapterContract } from '../contract/adapter.js'
import { webSocketContract } from '../contract/websocket.js'
import { smugglingContract } from '../contract/smuggling.js'
import { serveOn } from '../support/runtimes.js'

adapterContract('node lowest', (config) => serveOn('node lowest', config))
webSocketContract('node lowest', (config) => serveOn('node lowest', config))
smugglingContract('node lowest', (config) => serveOn('node lowest', config))
