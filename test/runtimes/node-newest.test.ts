import { adapterContract } from '../contract/adapter.js'
import { serveOn } from '../support/runtimes.js'

adapterContract('node newest', (config) => serveOn('node newest', config))
