// What an operator may say of the admin listener, and of what it tells.
import * as v from 'valibot'
import { isLoopback } from '../../http/loopback.js'
import { closed, described, duration, setting } from '../shape.js'

const MIN_TOKEN_LENGTH = 16

const token = v.pipe(v.string(), v.minLength(1, 'must not be empty'))

/** The admin listener. */
export const admin = v.pipe(
  closed({
    host: setting(v.string(), 'Address to listen on. Default "127.0.0.1": this machine only. Any other needs `token`.'),
    port: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(65535)), 'Port. Default 9090; 0 takes a free one.'),
    token: setting(token, 'Secret of those who may change something and see everything, sent as `Authorization: Bearer …`. Default: nobody may change anything, and whoever reaches the listener may read. Take a random one, as `${ADMIN_TOKEN}` from the environment; at least 16 characters where the listener is not for this machine only.'),
    readToken: setting(token, 'Secret of those who may only read, such as Prometheus. Default: reading takes `token`, where there is one.'),
    hosts: setting(v.array(v.string()), 'Names by which the listener is asked for beside `localhost`, `host` and addresses. Any other is refused: a page in a browser could else make a name of its own lead here (DNS rebinding).'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { host = '127.0.0.1', token: secret, readToken } = dataset.value
    if (secret === undefined && readToken !== undefined) addIssue({ message: '"readToken" is for a listener with a "token"' })
    if (secret !== undefined && secret === readToken) addIssue({ message: '"readToken" must not be the "token"' })
    if (isLoopback(host)) return
    if (secret === undefined) addIssue({ message: `"host" is "${host}", which others can reach: it needs a "token"` })
    for (const [name, text] of [['token', secret], ['readToken', readToken]] as const) if (text !== undefined && text.length < MIN_TOKEN_LENGTH) addIssue({ message: `"${name}" is too short for a listener that others can reach: take at least ${MIN_TOKEN_LENGTH} random characters` })
  }),
)

/** Where what is told goes by OTLP. */
export const otlp = closed({
  url: described(v.pipe(v.string(), v.check((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'needs the "http:" or "https:" URL of a collector, such as "http://127.0.0.1:4318"')), 'The collector. `/v1/metrics` or `/v1/traces` is added where the URL has no path.'),
  headers: setting(v.record(v.string(), v.string()), 'Header fields to send, such as `Authorization`.'),
  interval: setting(duration, 'How often. Default "60s" for metrics, "5s" for traces.'),
})

/** Metrics. */
export const metrics = closed({
  otlp: setting(otlp, 'Sends metrics to a collector, in JSON over HTTP. Default: they are asked for at `/metrics` of the admin listener.'),
  service: setting(v.string(), 'What the gateway is called there, `service.name`. Default "fetchgate".'),
})
