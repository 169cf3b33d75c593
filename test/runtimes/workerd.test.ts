import { adapterContract } from '../contract/adapter.js'
import { compressionContract } from '../contract/compression.js'
import { edgeIncludesContract } from '../contract/edge-includes.js'
import { faithfulContract } from '../contract/faithful.js'
import { filtersContract } from '../contract/filters.js'
import { originsContract } from '../contract/origins.js'
import { retriesContract } from '../contract/retries.js'
import { slowClientsContract } from '../contract/slow-clients.js'
import { smugglingContract } from '../contract/smuggling.js'
import { streamsContract } from '../contract/streams.js'
import { webSocketContract } from '../contract/websocket.js'
import { runWorker, serveOnWorkerd } from '../support/workerd.js'
import { ask, head, values } from '../support/raw-client.js'
import { expect, test } from 'vitest'

adapterContract('workerd', serveOnWorkerd, {
  'the request target arrives as it was sent': 'its fetch sends the target as its URL parser left it',
  'a preserved Host is the one the client sent': 'its fetch sends the Host of the URL; `host` is refused at start',
  'a repeated request header keeps its lines': 'its Headers join repeated fields',
  'bytes above ASCII in a header value arrive as they were': 'workerd reads header values as UTF-8',
  'what could be read in two ways is refused, and the origin sees nothing': 'the platform reads the framing before the Worker sees a request',
  'an absolute-form target of another host is refused': 'the platform drops the authority of the target; the Host counts for all',
  'a target that does not connect is given up after the connect limit': 'its fetch does not tell when it connects',
  'early hints are relayed before the answer, and learnt for the next who asks': 'its fetch does not show 103',
  'trailers reach a client that takes them': 'its fetch does not show trailers',
  'a head that is never finished is ended': 'client timers are the platform\'s',
  'an idle connection is ended': 'client timers are the platform\'s',
  'a stop lets requests in flight end and takes no new ones': 'the platform stops Workers',
})
faithfulContract('workerd', serveOnWorkerd, {
  'the limits on connecting and on finding the address are the configured ones, and the answer names them': 'the platform connects and resolves names by itself',
  'the client\'s fields arrive in their order and case, Host first and the gateway\'s behind them': 'its fetch sorts fields and writes names its own way',
})
const NO_PING = 'the platform joins the connections itself; `websocket.ping` is refused at start'
webSocketContract('workerd', serveOnWorkerd, {
  'a preserved Host is the one the client sent': 'its fetch sends the Host of the URL; `host` is refused at start',
  'an origin on a Unix socket is reached': 'its fetch connects to no Unix sockets; they are refused at start',
  'an Upgrade of HTTP/1.0 is not heard': 'the platform does not show the version',
  'a handshake of another version is the origin\'s to refuse': 'its fetch shakes hands by itself, with version 13',
  'an origin that accepts another version is not believed': 'the platform answers 426 to the client',
  'a connection on which nothing passes is ended, unasked': 'an upgraded connection is handed over to the platform whole',
  'ends that say nothing are pinged, and stay while they answer': NO_PING,
  'a client that does not answer is given up, and the server is told': NO_PING,
  'a server that does not answer is given up, and the client is told': NO_PING,
  'a ping waits for the end of the frame that passes': NO_PING,
  'pings and their answers are no traffic': NO_PING,
})
const READS_ON = 'the platform goes on reading behind any answer; it has read the request in one way, and sends what follows as another'
smugglingContract('workerd', serveOnWorkerd, {
  'TE with another coding': 'the platform reads the framing before the Worker sees a request',
  'an absolute target with another Host': 'the platform drops the authority of the target; the Host counts for all',
  'what follows a request that is refused': READS_ON,
  'what follows a request with a body that is refused': READS_ON,
  'a WebSocket behind a request that is refused': READS_ON,
})
const NOT_TOLD = 'the platform does not tell when an answer is over; `concurrency` is refused at start'
filtersContract('workerd', serveOnWorkerd, {
  'so many of a client\'s requests are under way at a time, and each gives its place back however it ends': NOT_TOLD,
  'a WebSocket has its place until it ends': NOT_TOLD,
  'a list of addresses in a file is one with those that are written down': 'it has no files; `ipFrom` is refused at start',
})
originsContract('workerd', serveOnWorkerd)
retriesContract('workerd', serveOnWorkerd, {
  'a POST goes to another target when the first cannot be reached, its body kept or not': 'its fetch does not tell a connection that could not be had from one that broke',
  'a POST goes whole to another target, or fails, when one that answered just now is gone': 'its fetch does not tell a connection that could not be had from one that broke',
})
compressionContract('workerd', serveOnWorkerd, { 'a body that trickles comes piece by piece, and a client that leaves takes the upstream request with it': 'its CompressionStream gives nothing out before the end; such bodies are not compressed' })
edgeIncludesContract('workerd', serveOnWorkerd)
streamsContract('workerd', serveOnWorkerd, { 'a client that hangs up properly is followed just the same': 'the platform does not notice a mere FIN' })
slowClientsContract('workerd', serveOnWorkerd, {}, {
  'more connections than the process may open do not end it, and others are served once they are gone': 'workerd closes what it cannot take in whole, and ends itself ("overloaded: accept()") when it cannot take it in at all',
})

test('files of a module are served as those of a disk are, and refused at start without one', async () => {
  const folder = { root: './public', files: { '/index.html': { text: '<p>index', etag: 'digest' }, '/docs/index.html': { text: '<p>docs', etag: 'other' }, '/raw.bin': { base64: 'AAECAwQ=', etag: 'raw' } } }
  const worker = await runWorker(`import { bundledFiles } from 'fetchgate'\nimport { start } from 'fetchgate/workers'\nexport default start({ routes: [{ files: './public' }] }, { ports: { openFolder: bundledFiles(${JSON.stringify(folder)}) } })\n`)
  try {
    const got = async (target: string, ...fields: string[]) => {
      const answer = await ask(worker.port, head(`GET ${target}`, ...fields))
      return [answer.status, answer.body.toString('hex'), values(answer, 'etag')[0] ?? values(answer, 'location')[0]]
    }
    const hex = (text: string): string => Buffer.from(text).toString('hex')
    expect(await got('/')).toEqual([200, hex('<p>index'), '"digest"'])
    expect(await got('/', 'If-None-Match: "digest"')).toEqual([304, '', '"digest"'])
    expect(await got('/raw.bin', 'Range: bytes=1-2')).toEqual([206, '0102', '"raw"'])
    expect(await got('/docs')).toEqual([308, '', '/docs/'])
    expect((await got('/missing'))[0]).toBe(404)
  } finally {
    await worker.stop('SIGKILL')
  }
  await expect(serveOnWorkerd({ routes: [{ files: './public' }] })).rejects.toThrow('there are no files on this platform')
})
