import { adapterContract } from '../contract/adapter.js'
import { webSocketContract } from '../contract/websocket.js'
import { smugglingContract } from '../contract/smuggling.js'
import { serveOn } from '../support/runtimes.js'

adapterContract('node newest', (config) => serveOn('node newest', config))
webSocketContract('node newest', (config) => serveOn('node newest', config))
smugglingContract('node newest', (config) => serveOn('node newest', config))
