// Origins as browsers write them in `Origin`: scheme, host, port, and nothing else (RFC 6454 §6.2).

export interface WebOrigin {
  readonly scheme: string
  readonly host: string
  /** Digits, or '' for the scheme's own. */
  readonly port: string
}

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/

/** Reads one origin in the only form that browsers send: lower case, no path. Undefined for anything else, `null` included. */
export function parseOrigin(text: string): WebOrigin | undefined {
  if (text.length > 300) return undefined
  const match = ORIGIN.exec(text)
  return match ? { scheme: match[1]!, host: match[2]!, port: match[3] ?? '' } : undefined
}

/** The port that a scheme leaves out of its origins. */
export function ownPort(scheme: string): string | undefined {
  return scheme === 'https' || scheme === 'wss' ? '443' : scheme === 'http' || scheme === 'ws' ? '80' : undefined
}
