// The tests install two Nodes from npm to run servers on. npm links one of them as node_modules/.bin/node, which would
// then run every script of this package; this takes the link away, so that scripts run on the Node that was started.
import { rmSync } from 'node:fs'

rmSync(new URL('../node_modules/.bin/node', import.meta.url), { force: true })
