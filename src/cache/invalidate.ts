// What an answer to an unsafe method makes invalid (RFC 9111 §4.4).

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Whether what is stored for the target must go: an unsafe method, and an answer that is no error. */
export function invalidates(method: string, status: number): boolean {
  return !SAFE.has(method) && status >= 200 && status < 400
}
