// Which of the gateway's errors an error of undici, node:http or the operating system is.
import { type ErrorCode, GatewayError } from '../../src/index.js'

const CODES: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EADDRNOTAVAIL: 'connection_refused',
  ENOENT: 'connection_refused',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_timeout',
  ETIMEDOUT: 'connection_timeout',
  ECONNRESET: 'connection_terminated',
  EPIPE: 'connection_terminated',
  UND_ERR_SOCKET: 'connection_terminated',
  UND_ERR_HEADERS_OVERFLOW: 'http_response_header_section_size',
  HPE_HEADER_OVERFLOW: 'http_response_header_section_size',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'http_protocol_error',
  HTTPParserError: 'http_protocol_error',
  // undici's parser, of a status below 100.
  ERR_ASSERTION: 'http_protocol_error',
}

/** The gateway's error for one that the transport met before an answer began. The cause and its message are kept for the log. */
export function upstreamError(error: Error & { code?: string; errors?: (Error & { code?: string })[] }): GatewayError {
  if (error instanceof GatewayError) return error
  // Happy eyeballs fails with one error for each address that was tried; undici's parser errors may have no code.
  const code = error.code ?? error.errors?.[0]?.code ?? error.name
  return new GatewayError(CODES[code] ?? familyOf(code), { message: error.message || code, cause: error })
}

function familyOf(code: string): ErrorCode {
  if (code.startsWith('HPE_')) return 'http_protocol_error'
  if (/^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) return 'tls_certificate_error'
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'tls_protocol_error'
  return 'proxy_internal_error'
}
