import { adapterContract } from '../contract/adapter.js'
import { serveOn } from '../support/runtimes.js'

adapterContract('node lowest', (config) => serveOn('node lowest', config))
