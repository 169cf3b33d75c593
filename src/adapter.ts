// For whoever gives the gateway a socket: the wire form of messages, and the helpers that adapters share.
export { type Address, contains, parseAddress, parseCidr } from './http/address.js'
export { editFields, fieldValue, type Fields, fromHeaders, isNamed, toHeaders } from './http/fields.js'
export { endToEnd } from './http/hop-by-hop.js'
export { requestFraming } from './http/framing.js'
export { BytesPayload, type Payload, StreamPayload } from './http/payload.js'
export { problemAnswer } from './respond/problem.js'
export { lengthOf, toResponse, type WireRequest } from './wire.js'
export type { Answer, OutboundRequest, Server, Transport, Tunnel } from './ports.js'
