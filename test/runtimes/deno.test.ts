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
import { changingCertificatesContract, tlsContract } from '../contract/tls.js'
import { webSocketContract } from '../contract/websocket.js'
import type { Config } from '../../src/index.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'

const launch = (config: Config): Promise<GatewayProcess> => serveOn('deno', config)

adapterContract('deno', launch, {
  'a repeated request header keeps its lines': 'Deno.serve joins repeated fields',
  'early hints are relayed before the answer, and learnt for the next who asks': 'Deno.serve sends no 103',
  'trailers reach a client that takes them': 'Deno.serve sends no trailers',
  'a head that is never finished is ended': 'Deno.serve has no timer for heads; `listen.headers` is refused at start',
  'an idle connection is ended': 'Deno.serve has no timer for idle connections; `listen.keepAlive` is refused at start',
})
faithfulContract('deno', launch, {
  'a 205 arrives without a body and tells so, whatever the origin sends behind it, and the connection goes on': 'Deno.serve takes the length off a 205; the client has to know by itself that nothing follows',
  'the client\'s fields arrive in their order and case, Host first and the gateway\'s behind them': 'Deno.serve sorts fields and shows names in lower case',
})
webSocketContract('deno', launch, {
  'an extension is agreed end to end': 'messages are joined, not bytes; none is offered to the origin',
  'a ping of the origin is answered by the client': 'it cannot ping a client; the gateway answers the origin',
  'a ping of the client is answered, and reaches the origin': 'it answers pings itself and does not show them',
  'an Upgrade of HTTP/1.0 is not heard': 'Deno.serve does not show the version',
  'a request for another protocol is answered as if it had not asked, body and all': 'Deno.serve answers 400 to an Upgrade with a body',
  'a server that stops reading holds the client back': 'it reads a client without end; the connection is ended at 16 MiB unsent',
  'a client that vanishes is followed by the upstream connection': 'it cannot break a WebSocket off; the origin sees a close without a code, 1005',
  'an origin that resets ends the client, and the gateway lives on': 'it cannot break a WebSocket off; the client sees 1011',
})
smugglingContract('deno', launch)
filesContract('deno', launch)
edgeIncludesContract('deno', launch)
filtersContract('deno', launch)
originsContract('deno', launch)
retriesContract('deno', launch)
connectionsContract('deno', launch, { 'a client connection lasts longer than the client is told': 'Deno.serve tells no time and has none; `listen.keepAlive` is refused at start' })
outagesContract('deno', launch)
balancingContract('deno', launch)
compressionContract('deno', launch)
streamsContract('deno', launch, { 'silence that is longer than an idle connection may last ends no stream': 'Deno.serve has no timer for idle connections; `listen.keepAlive` is refused at start' })
slowClientsContract('deno', launch, {}, {
  'a head that drips without an end is ended': 'Deno.serve has no timer for heads',
  'connections on which nothing is asked, many of them, are ended': 'Deno.serve has no timer for idle connections',
  'an upload that stalls is answered with 408, and its connection closed': 'Deno.serve closes no connection whose request it has not read to its end; the client is answered, and the origin let go',
  'requests sent ahead without end are not taken in without end': 'Deno.serve reads ahead without a limit',
})
tlsContract('deno', launch, {
  'the certificate is that of the name asked for, exact before wildcard, the first for any other': 'Deno.serve shows one certificate; several are refused at start',
  'certificates that have changed are shown, a broken one is not, and no request on a kept connection fails meanwhile': 'without `--unstable-net` Deno lets no listener follow another; below, with it',
  'no new connection fails while certificates change': 'likewise; with it, the handshakes that are under way are reset',
  'a revoked certificate is refused': 'Deno.serve does not ask for certificates; `tls.clientAuth` is refused at start',
  'clients are let in by their certificates, of which none and those of others will not do': 'Deno.serve does not ask for them; `tls.clientAuth` is refused at start',
  'servers are told of the certificate, and of none that a client merely claims': 'Deno.serve does not ask for it; `tls.clientAuth` is refused at start',
  'a client is told by a PROXY header before its handshake': 'Deno.serve does not read the PROXY protocol; it is refused at start',
})
changingCertificatesContract('deno with --unstable-net', (config) => serveOn('deno sharing ports', config))
