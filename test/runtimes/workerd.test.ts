import { adapterContract } from '../contract/adapter.js'
import { originsContract } from '../contract/origins.js'
import { retriesContract } from '../contract/retries.js'
import { smugglingContract } from '../contract/smuggling.js'
import { webSocketContract } from '../contract/websocket.js'
import { serveOnWorkerd } from '../support/workerd.js'

adapterContract('workerd', serveOnWorkerd, {
  'the request target arrives as it was sent': 'its fetch sends the target as its URL parser left it',
  'a preserved Host is the one the client sent': 'its fetch sends the Host of the URL; `host` is refused at start',
  'a repeated request header keeps its lines': 'its Headers join repeated fields',
  'bytes above ASCII in a header value arrive as they were': 'workerd reads header values as UTF-8',
  'what could be read in two ways is refused, and the origin sees nothing': 'the platform reads the framing before the Worker sees a request',
  'an absolute-form target of another host is refused': 'the platform drops the authority of the target; the Host counts for all',
  'a target that does not connect is given up after the connect limit': 'its fetch does not tell when it connects',
  'early hints are relayed before the answer': 'its fetch does not show 103',
  'trailers reach a client that takes them': 'its fetch does not show trailers',
  'a head that is never finished is ended': 'client timers are the platform\'s',
  'an idle connection is ended': 'client timers are the platform\'s',
  'a stop lets requests in flight end and takes no new ones': 'the platform stops Workers',
})
webSocketContract('workerd', serveOnWorkerd, { 'a connection on which nothing passes is ended': 'an upgraded connection is handed over to the platform whole' })
smugglingContract('workerd', serveOnWorkerd, {
  'TE with another coding': 'the platform reads the framing before the Worker sees a request',
  'an absolute target with another Host': 'the platform drops the authority of the target; the Host counts for all',
})
originsContract('workerd', serveOnWorkerd, { 'a client that drips its head is ended': 'client timers are the platform\'s' })
retriesContract('workerd', serveOnWorkerd, {
  'a POST goes to another target when the first cannot be reached, its body kept or not': 'its fetch does not tell a connection that could not be had from one that broke',
  'a POST goes whole to another target, or fails, when one that answered just now is gone': 'its fetch does not tell a connection that could not be had from one that broke',
})
