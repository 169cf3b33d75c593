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

const launch = (config: Config): Promise<GatewayProcess> => serveOn('bun', config)

adapterContract('bun', launch, {
  'the request target arrives as it was sent': 'Bun.serve gives the target as its URL parser left it',
  'no header is invented': 'its fetch sends Accept and User-Agent; what the client left out goes as "*/*" and empty',
  'a repeated request header keeps its lines': 'its Headers join repeated fields',
  'the head is sent before the body': 'Bun.serve ends the head with the first piece of the body',
  'an absolute-form target of another host is refused': 'Bun.serve drops the authority of the target; the Host counts for all',
  'early hints are relayed before the answer, and learnt for the next who asks': 'its fetch does not show 103',
  'trailers reach a client that takes them': 'its fetch does not show trailers',
  'a head that is never finished is ended': 'Bun.serve has one timer for heads, of its own choice below 12 s; `listen.headers` is refused at start',
})
faithfulContract('bun', launch, {
  'an encoded body of many pieces keeps its length': 'Bun.serve drops the length of a stream; the body goes in chunks',
  'the client\'s fields arrive in their order and case, Host first and the gateway\'s behind them': 'its fetch sorts fields and writes names its own way',
})
webSocketContract('bun', launch, {
  'an extension is agreed end to end': 'messages are joined, not bytes; none is offered to the origin',
  'an Upgrade of HTTP/1.0 is not heard': 'Bun.serve does not show the version',
  'what the client says right behind its handshake arrives': 'Bun.serve takes it for another request, and answers 400; a client has to wait for the 101',
})
smugglingContract('bun', launch, { 'an absolute target with another Host': 'Bun.serve drops the authority of the target; the Host counts for all' })
filesContract('bun', launch)
edgeIncludesContract('bun', launch)
filtersContract('bun', launch)
originsContract('bun', launch)
retriesContract('bun', launch)
connectionsContract('bun', launch)
outagesContract('bun', launch)
balancingContract('bun', launch)
compressionContract('bun', launch)
streamsContract('bun', launch)
slowClientsContract('bun', launch, { keepAlive: '1s' }, {
  'more connections than the process may open do not end it, and others are served once they are gone': 'Bun ends the process: "bun ran out of file descriptors"',
  'requests sent ahead are answered in turn': 'Bun.serve closes the connection of a client that sends a request before it has the answer to the one before',
})
tlsContract('bun', launch, {
  'HTTP/2 is spoken: the host of its pseudo-field, cookies in one line, bodies of unknown length and none': 'HTTP/1.1 only',
  'no new connection fails while certificates change': 'the handshakes that are under way when one listener follows another are reset: Bun gives up their certificates',
  'a revoked certificate is refused': 'Bun.serve does not show certificates; `tls.clientAuth` is refused at start',
  'clients are let in by their certificates, of which none and those of others will not do': 'Bun.serve does not show them; `tls.clientAuth` is refused at start',
  'servers are told of the certificate, and of none that a client merely claims': 'Bun.serve does not show it; `tls.clientAuth` is refused at start',
  'a client is told by a PROXY header before its handshake': 'Bun.serve does not read the PROXY protocol; it is refused at start',
})
