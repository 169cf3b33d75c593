// A small OpenID provider on the loopback: everybody who asks is logged in at once, as the user that the test says.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Grant {
  readonly challenge: string
  readonly redirectUri: string
  readonly nonce: string | null
}

/** What a test may change while it runs. */
export interface ProviderMood {
  claims: Record<string, unknown>
  /** Seconds that tokens last, when there are refresh tokens. */
  refreshAfter: number | undefined
  /** Whether it breaks every connection off. */
  down: boolean
  /** What it says of itself in `iss` of its redirects; undefined for nothing. */
  iss: string | undefined
  /** An error in place of a code. */
  error: string | undefined
}

export interface Provider extends AsyncDisposable {
  readonly issuer: string
  readonly port: number
  readonly mood: ProviderMood
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** Signs with another key from now on, published or not. */
  rotate(published: boolean): void
}

const CLIENT = { id: 'gate', secret: 'gate secret' }

/** `issuer` is for one that is reached by way of another server; its path is that of the provider there. */
export async function startProvider(issuerElsewhere?: string): Promise<Provider> {
  const codes = new Map<string, Grant>()
  const refreshTokens = new Set<string>()
  const asked: string[] = []
  let key = newKey()
  let published = [key]
  const mood: ProviderMood = { claims: { sub: 'eve' }, refreshAfter: undefined, down: false, iss: undefined, error: undefined }

  const idToken = (nonce: string | null): string => {
    const now = Math.floor(Date.now() / 1000)
    const parts = [{ alg: 'ES256', kid: key.kid }, { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 300, ...(nonce === null ? {} : { nonce }), ...mood.claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    return [...parts, sign('sha256', Buffer.from(parts.join('.')), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')].join('.')
  }
  const tokens = (nonce: string | null): object => {
    const refreshToken = mood.refreshAfter === undefined ? undefined : randomUUID()
    if (refreshToken !== undefined) refreshTokens.add(refreshToken)
    return { access_token: randomUUID(), token_type: 'Bearer', id_token: idToken(nonce), ...(refreshToken === undefined ? {} : { expires_in: mood.refreshAfter, refresh_token: refreshToken }) }
  }
  const grant = (form: URLSearchParams): object | string => {
    if (form.get('grant_type') === 'refresh_token') return refreshTokens.delete(form.get('refresh_token')!) ? tokens(null) : 'invalid_grant'
    const found = codes.get(form.get('code')!)
    codes.delete(form.get('code')!)
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    return found && found.redirectUri === form.get('redirect_uri') && found.challenge === challenge ? tokens(found.nonce) : 'invalid_grant'
  }
  const json = (response: ServerResponse, value: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url!, issuer)
    const path = url.pathname.slice(new URL(issuer).pathname.replace(/\/$/, '').length)
    asked.push(path)
    if (mood.down) return void request.socket.destroy()
    switch (path) {
      case '/.well-known/openid-configuration':
        return json(response, {
          issuer, authorization_endpoint: `${issuer}/authorize?realm=a`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'], authorization_response_iss_parameter_supported: mood.iss !== undefined,
        })
      case '/jwks':
        return json(response, { keys: published.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' })) })
      case '/authorize': {
        const { searchParams } = url
        const code = randomUUID()
        codes.set(code, { challenge: searchParams.get('code_challenge')!, redirectUri: searchParams.get('redirect_uri')!, nonce: searchParams.get('nonce') })
        const back = new URL(searchParams.get('redirect_uri')!)
        back.searchParams.set('state', searchParams.get('state')!)
        if (mood.error === undefined) back.searchParams.set('code', code)
        else back.searchParams.set('error', mood.error)
        if (mood.iss !== undefined) back.searchParams.set('iss', mood.iss)
        return void response.writeHead(302, { location: back.href }).end()
      }
      case '/token': {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => void chunks.push(chunk)).on('end', () => {
          const expected = `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret).replaceAll('%20', '+')}`).toString('base64')}`
          if (request.headers.authorization !== expected) return json(response, { error: 'invalid_client' }, 401)
          const granted = grant(new URLSearchParams(Buffer.concat(chunks).toString()))
          return typeof granted === 'string' ? json(response, { error: granted }, 400) : json(response, granted)
        })
        return
      }
      default:
        return void response.writeHead(404).end()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = issuerElsewhere ?? `http://127.0.0.1:${port}`
  return {
    issuer,
    port,
    mood,
    asked,
    rotate: (isPublished) => {
      key = newKey()
      if (isPublished) published = [key]
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function newKey() {
  return { kid: randomUUID(), ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}
