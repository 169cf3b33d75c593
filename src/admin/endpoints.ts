// What the admin listener can be asked: one table, by which requests are routed and described.
import { LOG_LEVELS } from './command.js'
import type { Role } from './access.js'

type Schema = Readonly<Record<string, unknown>>

export interface Endpoint {
  readonly name: 'healthz' | 'readyz' | 'metrics' | 'upstreams' | 'drain' | 'ready' | 'weight' | 'purge' | 'reload' | 'snapshot' | 'log-level' | 'openapi'
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Parameters are `:name`, percent-encoded. */
  readonly path: string
  readonly role: Role
  readonly summary: string
  /** Of the body, where it takes one. */
  readonly body?: Schema
  readonly answers: Readonly<Record<number, string>>
}

const TARGET = '/api/upstreams/:name/targets/:id'
const TARGET_ANSWERS = { 200: 'Done, in every process.', 404: 'There is no such upstream or target.' }

export const ENDPOINTS: readonly Endpoint[] = [
  { name: 'healthz', method: 'GET', path: '/healthz', role: 'anyone', summary: 'Whether the process is alive.', answers: { 200: 'It is.' } },
  { name: 'readyz', method: 'GET', path: '/readyz', role: 'anyone', summary: 'Whether new requests should be sent here.', answers: { 200: 'They should.', 503: 'The gateway is about to stop.' } },
  { name: 'metrics', method: 'GET', path: '/metrics', role: 'reader', summary: 'Metrics as text: OpenMetrics where Accept asks for it, else the format 0.0.4 of Prometheus.', answers: { 200: 'Metrics of all processes together.' } },
  { name: 'upstreams', method: 'GET', path: '/api/upstreams', role: 'reader', summary: 'Pools, and the state of each target.', answers: { 200: 'Of all processes together.' } },
  { name: 'drain', method: 'POST', path: `${TARGET}/drain`, role: 'writer', summary: 'Gives a target no new requests; those under way end.', answers: TARGET_ANSWERS },
  { name: 'ready', method: 'POST', path: `${TARGET}/ready`, role: 'writer', summary: 'Gives a target requests again.', answers: TARGET_ANSWERS },
  {
    name: 'weight', method: 'POST', path: `${TARGET}/weight`, role: 'writer', summary: 'Sets the weight of a target.', answers: TARGET_ANSWERS,
    body: { type: 'object', required: ['weight'], additionalProperties: false, properties: { weight: { type: ['number', 'null'], minimum: 0, maximum: 1_000_000, description: 'In place of the configured weight; null gives that back.' } } },
  },
  {
    name: 'purge', method: 'POST', path: '/api/purge', role: 'writer', summary: 'Takes answers out of caches, or makes them stale.', answers: { 200: 'Done, and kept by the stores.', 503: 'Done in this process, but a store has not kept it; ask again.' },
    body: { type: 'object', additionalProperties: false, description: 'One of url, prefix, tag and all.', properties: { url: { type: 'string' }, prefix: { type: 'string' }, tag: { type: 'string' }, all: { const: true }, soft: { type: 'boolean', description: 'Makes stale instead of taking out.' }, cache: { type: 'string', description: 'Name of the cache; all without it.' } } },
  },
  { name: 'reload', method: 'POST', path: '/api/reload', role: 'writer', summary: 'Reads the configuration again and puts it in force.', answers: { 200: 'It is in force, in every process.', 422: 'It has faults, and nothing has changed; `issues` has all of them.', 501: 'This program has no file to read.' } },
  { name: 'snapshot', method: 'GET', path: '/api/snapshot', role: 'reader', summary: 'What is in force: routes, upstreams, caches and filters by their names, no secrets.', answers: { 200: 'Of one process.' } },
  { name: 'log-level', method: 'PUT', path: '/api/log-level', role: 'writer', summary: 'Sets what is told on stderr.', answers: { 200: 'Done, in every process.', 501: 'This program writes no such log.' }, body: { type: 'object', required: ['level'], additionalProperties: false, properties: { level: { enum: LOG_LEVELS } } } },
  { name: 'openapi', method: 'GET', path: '/openapi.json', role: 'reader', summary: 'This description.', answers: { 200: 'OpenAPI 3.1.' } },
]

const SECURITY: Readonly<Record<Role, readonly unknown[]>> = { anyone: [], reader: [{ read: [] }, { write: [] }], writer: [{ write: [] }] }

/** The table as a description that programs can read. */
export function openapi(version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { name, method, path, role, summary, body, answers } of ENDPOINTS) {
    const parameters = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => ({ name: parameter, in: 'path', required: true, schema: { type: 'string' } }))
    const refused = role === 'anyone' ? {} : { 401: { description: 'The token is missing or not right.' }, 403: { description: 'The token may not do that.' } }
    const path_ = path.replace(/:(\w+)/g, '{$1}')
    paths[path_] = { ...paths[path_], [method.toLowerCase()]: {
      operationId: name, summary, security: SECURITY[role], ...(parameters.length > 0 && { parameters }),
      ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
      responses: { ...Object.fromEntries(Object.entries(answers).map(([status, description]) => [status, { description }])), ...refused },
    } }
  }
  const bearer = { type: 'http', scheme: 'bearer' }
  return { openapi: '3.1.0', info: { title: 'fetchgate admin', version }, paths, components: { securitySchemes: { read: { ...bearer, description: 'admin.readToken' }, write: { ...bearer, description: 'admin.token' } } } }
}
