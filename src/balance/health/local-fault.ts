// Whether an attempt failed for want of something on this side: files, ports, memory, a route, a resolver.
import type { ErrorCode, GatewayError } from '../../errors.js'

/** What the system says when it has nothing left to connect with, no network to connect by, or no leave to. */
const LOCAL: ReadonlySet<string> = new Set([
  ...['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EADDRINUSE', 'ENETUNREACH', 'ENETDOWN', 'EACCES', 'EPERM'],
  // The resolver's own trouble. ENOTFOUND is none: it answered, and the target's name is gone, as when a container was stopped.
  ...['EAI_AGAIN', 'EAI_FAIL', 'EAI_MEMORY', 'EAI_SYSTEM', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT', 'ECANCELLED'],
])

/** The same from runtimes that have no codes. */
const LOCAL_WORDS = /too many open files|no buffer space|cannot allocate memory|cannot assign requested address|address not available|network is (unreachable|down)|temporary failure in name resolution/i

/** Of the errors that blame the upstream, those that never depend on it. */
const NEVER_THE_ORIGIN: ReadonlySet<ErrorCode> = new Set(['dns_timeout', 'destination_unavailable'])

/** How deep causes are followed. They come from libraries, and nothing keeps them from being a circle. */
const MAX_DEPTH = 4

/** Looks through the causes of an error. Where several addresses were tried, every one must have failed for a local reason. */
export function isLocalFault(error: GatewayError): boolean {
  return NEVER_THE_ORIGIN.has(error.code) || isLocal(error.cause, MAX_DEPTH)
}

function isLocal(error: unknown, depth: number): boolean {
  if (depth === 0 || !(error instanceof Error)) return false
  const { code, errors, cause, message } = error as Error & { code?: unknown; errors?: unknown }
  if (Array.isArray(errors) && errors.length > 0) return errors.every((each) => isLocal(each, depth - 1))
  if (typeof code === 'string') return LOCAL.has(code) || isLocal(cause, depth - 1)
  return LOCAL_WORDS.test(message) || isLocal(cause, depth - 1)
}
