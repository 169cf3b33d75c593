// A server that requests may be sent to, by its URL.
import type { Server } from './ports.js'

/** The server of an `http:`, `https:` or `unix:` URL; its path is not part of it. `address` is where to connect instead of looking the name up. */
export function serverAt(text: string, address: string | undefined): Server {
  // A socket has no name to put into Host or a URL; "localhost" is what curl and nginx users see there.
  if (text.startsWith('unix:')) return { origin: text, authority: 'localhost', secure: false, hostname: 'localhost', port: 80, socketPath: text.slice('unix:'.length) }
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  const port = Number(url.port) || (secure ? 443 : 80)
  const server = { authority: url.host, secure, hostname: url.hostname.replace(/^\[|\]$/g, ''), port }
  if (address === undefined) return { origin: url.origin, ...server }
  return { origin: `${url.protocol}//${bracketed(address)}:${port}`, ...server, address }
}

/** An address as it stands in a URL. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
