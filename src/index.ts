// The public surface: names only.
export { createGateway, type Gateway } from './gateway.js'
export { ConfigError, defineConfig, formatIssue, type Issue, validateConfig, type Validation } from './config/validate.js'
export type { CheckedConfig, Config, ListenConfig } from './config/schema.js'
export { expandEnvironment } from './config/environment.js'
export { type ErrorCode, ERRORS, GatewayError, type Retry, type Side } from './errors.js'
export type { RequestInfo } from './exchange.js'
export type { AttemptFailedEvent, BackgroundFailedEvent, GatewayEvent, RequestEvent } from './observe/event.js'
export type { Answer, AttemptLimits, CacheStore, Clock, OpenStore, OutboundRequest, Ports, Server, Transport, TransportFeature, Tunnel } from './ports.js'
