// What an operator may say of health: active checks, and what is learnt from the traffic.
import * as v from 'valibot'
import { checked, closed, duration, setting } from '../shape.js'
import { percent, whole } from './numbers.js'
import { fieldName } from './texts.js'

const statuses = checked((text) => (/^[1-5]\d\d(-[1-5]\d\d)?(,[1-5]\d\d(-[1-5]\d\d)?)*$/.test(text) ? undefined : 'is not a list of statuses such as "200" or "200-299,401"'))

/** Active checks. */
export const health = closed({
  kind: setting(v.picklist(['http', 'tcp', 'grpc']), 'What is done: "http" (default) asks for `path`, "tcp" only connects, "grpc" asks the gRPC health service (Node).'),
  path: setting(checked((text) => (/^\/[\x21-\x7e]*$/.test(text) ? undefined : 'is not a path')), 'Path to ask for. Default "/".'),
  method: setting(v.picklist(['GET', 'HEAD', 'OPTIONS']), 'Default "GET".'),
  host: setting(v.string(), 'Host field of the request. Default: that of the target.'),
  port: setting(whole(1, 65535), 'Port to ask. Default: that of the target.'),
  status: setting(statuses, 'Statuses of a well target. Default "200-399".'),
  headers: setting(v.record(fieldName, v.string()), 'Fields that the answer must have, with exactly this value.'),
  body: setting(v.string(), 'Text that the answer must contain, within its first 64 KiB.'),
  service: setting(v.string(), 'gRPC only: name of the service to ask about. Default: the server as a whole.'),
  interval: setting(duration, 'Between two checks of a target, a tenth more or less by chance. Default "10s".'),
  fastInterval: setting(duration, 'The same while a target is about to change its state. Default "1s", or `interval` where that is shorter.'),
  timeout: setting(duration, 'In which the answer must be there. Default "2s".'),
  healthyAfter: setting(whole(1, 100), 'Checks in a row that must succeed for a target to be well again. Default 2.'),
  unhealthyAfter: setting(whole(1, 100), 'Checks in a row that must fail for a target to get no more traffic. Default 3.'),
})

/** What is learnt from the traffic. */
export const outlier = closed({
  consecutiveFailures: setting(whole(0, 1000), 'Failures in a row that eject a target: no connection, no answer in time, a broken answer, 502, 503 or 504. Default 5; 0 turns it off.'),
  failurePercent: setting(percent, 'Share of failures in the last 10 s, from 20 requests on, that ejects a target. Default: off.'),
  deviation: setting(v.pipe(v.number(), v.minValue(0)), 'Standard deviations by which the success rate of a target may lie below that of the pool; looked at over 10 s where at least five targets had 100 requests. Default: off. Envoy\'s value is 1.9.'),
  ejectFor: setting(duration, 'How long a target is left out the first time; each further time adds as much again, up to 5 minutes. Default "10s". It then gets one request to show that it is well.'),
  maxEjectedPercent: setting(percent, 'Share of the targets that may be left out at a time. The last one never is. Default 50.'),
})

/** When nobody's health is believed any more. */
export const panicPercent = setting(percent, 'When fewer targets than this share are well, all get traffic: an outage that wide is rather one of the checks. Default 50; 0 turns it off.')
