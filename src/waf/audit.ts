// A report as a line for the audit log.
import type { Report } from './inspection.js'

/** What is known of the request beside what rules say. */
export interface Audited {
  readonly timeMs: number
  readonly requestId: string
  readonly client: string | undefined
  readonly method: string
  readonly host: string
  readonly path: string
  /** Of the answer as the client gets it. */
  readonly status: number
}

/** JSON in one line. `rules` are the ids of those that matched and are told; `messages` say what of, and may hold what a client has sent. */
export function auditLine({ timeMs, ...about }: Audited, { interruption, matches }: Report): string {
  return JSON.stringify({
    time: new Date(timeMs).toISOString(), ...about, ended: interruption !== undefined, by: interruption?.rule.id,
    rules: [...new Set(matches.map(({ rule }) => rule.id))],
    messages: matches.map(({ rule, message, data, where }) => `[id "${rule.id}"]${message === '' ? '' : ` [msg "${message}"]`}${data === '' ? '' : ` [data "${data}"]`}${rule.severity === undefined ? '' : ` [severity "${rule.severity}"]`}${where === '' ? '' : ` [where "${where}"]`}`),
  })
}
