// Who may ask the admin listener for what.
import { equalTexts } from '../filter/equal-secrets.js'
import { bearerToken } from '../http/bearer-token.js'
import { parseHost } from '../http/host.js'
import { isAddress } from '../http/loopback.js'

/** Settings of the admin listener that decide it. */
export interface AdminAccess {
  /** Of those who may change something. Undefined: nobody may, and everybody may read. */
  readonly token: string | undefined
  /** Of those who may only read. */
  readonly readToken: string | undefined
  /** Names by which it may be asked for beside `localhost` and addresses. */
  readonly hosts: readonly string[]
}

/** `anyone`: who checks whether the gateway is alive. */
export type Role = 'anyone' | 'reader' | 'writer'

export interface Refused {
  readonly status: 401 | 403 | 421
  readonly detail: string
}

/**
 * Why a request is refused; undefined when it is not. Credentials come in `Authorization` only, which no page of another
 * site can send; and no name leads here but those that were configured, so that no page can make one of its own do so.
 */
export function refusal(role: Role, { host, authorization }: { readonly host: string; readonly authorization: string | undefined }, { token, readToken, hosts }: AdminAccess): Refused | undefined {
  const name = parseHost(host)?.name
  if (name === undefined || !(name === 'localhost' || isAddress(name) || hosts.some((known) => known.toLowerCase() === name))) return { status: 421, detail: 'This listener is not known by that name. Ask by its address, or add the name to admin.hosts.' }
  if (role === 'anyone') return undefined
  if (token === undefined) return role === 'reader' ? undefined : { status: 403, detail: 'Nothing can be changed here without admin.token in the configuration.' }
  const given = authorization === undefined ? undefined : bearerToken(authorization)
  if (given === undefined) return { status: 401, detail: 'Send the token as "Authorization: Bearer …".' }
  // Both are compared in any case, so that the time does not tell which was meant.
  const isWriter = equalTexts(given, token)
  const isReader = readToken !== undefined && equalTexts(given, readToken)
  if (isWriter || (isReader && role === 'reader')) return undefined
  return isReader ? { status: 403, detail: 'This token may only read.' } : { status: 401, detail: 'The token is not right.' }
}
