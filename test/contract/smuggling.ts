// Request smuggling: whatever is sent, the gateway and a lenient origin must see the same requests (RFC 9112 §11.2).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { type Leniency, type LenientOrigin, startLenientOrigin } from '../support/lenient-origin.js'
import { head, RawConnection } from '../support/raw-client.js'
import type { GatewayProcess } from '../support/runtimes.js'

const INNER = 'GET /smuggled HTTP/1.1\r\nHost: public.example\r\n\r\n'

const LENIENCIES: readonly Leniency[] = [
  { prefers: 'content-length', length: 'first', zero: 'octal', coding: 'contains' },
  { prefers: 'content-length', length: 'last', zero: 'decimal', coding: 'exact' },
  { prefers: 'transfer-encoding', length: 'first', zero: 'octal', coding: 'contains' },
  { prefers: 'transfer-encoding', length: 'last', zero: 'decimal', coding: 'exact' },
]

const REFUSED = `${head('POST /%00', 'Content-Length: 5')}hello`
const OTHER_PROTOCOL = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']

/** Attacks by name: a request whose tail a lenient reader takes for another one. What comes in several pieces is sent an answer at a time. */
const ATTACKS: Readonly<Record<string, string | readonly string[]>> = {
  'CL.TE': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: chunked') + `0\r\n\r\n${INNER}`,
  'TE.CL': head('POST /', 'Content-Length: 4', 'Transfer-Encoding: chunked') + `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'TE.TE, one obscured': head('POST /', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + `0\r\n\r\n${INNER}`,
  'TE with another coding': head('POST /', 'Transfer-Encoding: gzip, chunked') + `0\r\n\r\n${INNER}`,
  'TE in capitals with a tail': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: Chunked;x') + `0\r\n\r\n${INNER}`,
  'TE with a space before the colon': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding : chunked') + `0\r\n\r\n${INNER}`,
  'TE with a vertical tab': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding:\x0bchunked') + `0\r\n\r\n${INNER}`,
  'TE behind a fold': head('POST /', `Content-Length: ${5 + INNER.length}`, 'X: 1\r\n Transfer-Encoding: chunked', 'Y: 1') + `0\r\n\r\n${INNER}`,
  'TE folded': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding:\r\n chunked') + `0\r\n\r\n${INNER}`,
  'TE with an underscore': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer_Encoding: chunked') + `0\r\n\r\n${INNER}`,
  'two lengths': head('POST /', 'Content-Length: 0', `Content-Length: ${INNER.length}`) + INNER,
  'a list of lengths': head('POST /', `Content-Length: 0, ${INNER.length}`) + INNER,
  'a length with a sign': head('POST /', 'Content-Length: +0') + INNER,
  'a length in hexadecimal': head('POST /', `Content-Length: 0x${INNER.length.toString(16)}`) + INNER,
  'a length with an underscore': head('POST /', `Content_Length: ${INNER.length}`, 'Content-Length: 0') + 'x',
  'a GET with a length': head('GET /', `Content-Length: ${INNER.length}`) + INNER,
  'a chunked DELETE': head('DELETE /', 'Transfer-Encoding: chunked') + `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a chunked OPTIONS': head('OPTIONS /', 'Transfer-Encoding: chunked') + `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a chunked GET': head('GET /', 'Transfer-Encoding: chunked') + `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a chunk size in odd writing': head('POST /', 'Transfer-Encoding: chunked') + `0x${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a chunk size with a sign': head('POST /', 'Transfer-Encoding: chunked') + `+${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a chunk extension with a line feed': head('POST /', 'Transfer-Encoding: chunked') + `1;a\nx\r\nA\r\n0\r\n\r\n`,
  'a chunk that ends early': head('POST /', 'Transfer-Encoding: chunked') + `5\r\nabc\r\n0\r\n\r\n${INNER}`,
  'TE in quotes': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: "chunked"') + `0\r\n\r\n${INNER}`,
  'TE with identity before it': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: identity, chunked') + `0\r\n\r\n${INNER}`,
  'TE with identity behind it': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: chunked, identity') + `0\r\n\r\n${INNER}`,
  'TE chunked twice': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: chunked, chunked') + `0\r\n\r\n${INNER}`,
  'TE with a letter before it': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding: xchunked') + `0\r\n\r\n${INNER}`,
  'TE that is empty': head('POST /', `Content-Length: ${5 + INNER.length}`, 'Transfer-Encoding:') + `0\r\n\r\n${INNER}`,
  'TE named by Connection': head('POST /', 'Connection: Transfer-Encoding', 'Transfer-Encoding: chunked') + `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  'a length named by Connection': head('POST /', 'Connection: Content-Length', `Content-Length: ${INNER.length}`) + INNER,
  'a length that is empty': head('POST /', 'Content-Length:') + INNER,
  'a length below nothing': head('POST /', 'Content-Length: -1') + INNER,
  'a length beyond 64 bits': head('POST /', 'Content-Length: 18446744073709551616') + INNER,
  'a length with words': head('POST /', 'Content-Length: 0 bytes') + INNER,
  'a HEAD with a length': head('HEAD /', `Content-Length: ${INNER.length}`) + INNER,
  'an unknown expectation': head('GET /', `Content-Length: ${INNER.length}`, 'Expect: y 100-continue') + INNER,
  'a chunk size beyond 64 bits': head('POST /', 'Transfer-Encoding: chunked') + `10000000000000000\r\n0\r\n\r\n${INNER}`,
  'a chunk size with an underscore': head('POST /', 'Transfer-Encoding: chunked') + `0_\r\n\r\n${INNER}`,
  'a chunk without its end': head('POST /', 'Transfer-Encoding: chunked') + `1\r\nx0\r\n\r\n${INNER}`,
  'a last chunk that ends in line feeds': head('POST /', 'Transfer-Encoding: chunked') + `0\n\n${INNER}`,
  'a trailer that names a length': head('POST /', 'Transfer-Encoding: chunked') + `1\r\nx\r\n0\r\nContent-Length: ${INNER.length}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  'a first field that is indented': `POST / HTTP/1.1\r\n Content-Length: ${INNER.length}\r\nHost: public.example\r\nContent-Length: 0\r\n\r\n${INNER}`,
  'a field without a name': head('POST /', `: Content-Length: 1`, 'Content-Length: 0', ': 1') + INNER,
  'bare line feeds': `POST / HTTP/1.1\nHost: public.example\nContent-Length: ${INNER.length}\n\n${INNER}`,
  'a line feed in a value': head('GET /', `X: 1\nContent-Length: ${INNER.length}`) + INNER,
  'a carriage return in a value': head('GET /', `X: 1\rContent-Length: ${INNER.length}`),
  'a NUL in a value': head('GET /', 'X: 1\x00Y'),
  'HTTP/1.0 with a coding': `POST / HTTP/1.0\r\nHost: public.example\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${INNER}`,
  'HTTP/1.0 with a coding alone': `POST / HTTP/1.0\r\nHost: public.example\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
  'HTTP/2.0 on a request line': `POST /smuggled HTTP/2.0\r\nHost: public.example\r\nContent-Length: 0\r\n\r\n`,
  'a length with a zero before it': head('POST /', `Content-Length: 0${INNER.length}`) + INNER,
  'a TRACE with a length': head('TRACE /', `Content-Length: ${INNER.length}`) + INNER,
  'what follows a request that is refused': head('GET /%00') + INNER,
  'what follows a request with a body that is refused': REFUSED + INNER,
  'a WebSocket behind a request that is refused': REFUSED + head('GET /smuggled', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='),
  'a CONNECT behind a request that is refused': REFUSED + head('CONNECT public.example:80', 'Content-Length: 0') + INNER,
  'a request cut in two behind an upgrade that is not taken': [head('GET /', ...OTHER_PROTOCOL) + head('POST /', `Content-Length: ${INNER.length}`), INNER],
  'a request cut in two behind an upgrade with a body': [head('POST /', ...OTHER_PROTOCOL, 'Content-Length: 5') + `hello${head('POST /', `Content-Length: ${INNER.length}`)}`, INNER],
  'a request behind an upgrade behind a request': [head('GET /') + head('GET /', ...OTHER_PROTOCOL) + head('POST /', `Content-Length: ${INNER.length}`), INNER],
  'an h2c upgrade': head('GET /', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__') + INNER.replace('/smuggled', '/pipelined'),
  'an absolute target with another Host': head('GET http://other.example/smuggled', 'Host: public.example'),
  'a space in the target': 'GET /x HTTP/1.1\r\nX: /smuggled HTTP/1.1\r\nHost: public.example\r\n\r\n'.replace('/x HTTP', '/x /smuggled HTTP'),
  'a method with a line in it': `GET / HTTP/1.1\r\nHost: public.example\r\nContent-Length: 0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
}

/** Attacks that this origin falls for when it is reached directly: proof that it would. */
const FALLS_FOR: Readonly<Record<string, number>> = { 'CL.TE': 2, 'TE.CL': 0, 'two lengths': 0, 'TE with a space before the colon': 2 }

/** Runs the suite; skips carry their reason. */
export function smugglingContract(name: string, launch: (config: Config) => Promise<GatewayProcess>, skip: Readonly<Record<string, string>> = {}): void {
  describe(`${name}, smuggling`, () => {
    let origin: LenientOrigin
    let gateway: GatewayProcess

    beforeAll(async () => {
      origin = await startLenientOrigin()
      gateway = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    })

    afterAll(async () => {
      await gateway.stop('SIGKILL')
      await origin.close()
    })

    for (const [attack, bytes] of Object.entries(ATTACKS)) {
      const run = async (): Promise<void> => {
        for (const leniency of LENIENCIES) {
          origin.leniency = leniency
          origin.targets.length = 0
          const honest = await attackThrough(gateway.port, bytes)
          expect([leniency, origin.targets, honest]).toEqual([leniency, expect.not.arrayContaining(['/smuggled']), '/honest'])
        }
      }
      const reason = skip[attack]
      if (reason === undefined) test(attack, run)
      else test.skip(`${attack} (${name}: ${reason})`, run)
    }

    test.each(Object.entries(FALLS_FOR))('the origin alone falls for %s', async (attack, leniency) => {
      origin.leniency = LENIENCIES[leniency]!
      origin.targets.length = 0
      await attackThrough(origin.port, ATTACKS[attack]!)
      expect(origin.targets).toContain('/smuggled')
    })
  })
}

/**
 * Sends the attack, then an honest request on a connection of its own, so that what the attack left behind on a pooled
 * connection is flushed out. Gives the body of the answer to that.
 */
async function attackThrough(port: number, bytes: string | readonly string[]): Promise<string | undefined> {
  const attacker = await RawConnection.open(port)
  for (const piece of [bytes].flat()) {
    attacker.send(piece)
    await Promise.race([attacker.answer().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 300))])
  }
  const victim = await RawConnection.open(port)
  const answer = await victim.send(head('GET /honest', 'Connection: close')).answer().catch(() => undefined)
  victim.close()
  attacker.close()
  return answer?.body.toString()
}
