// What an operator may say of TLS: what a listener shows to its clients, and how servers are asked to prove themselves.
import * as v from 'valibot'
import { parseHost } from '../../http/host.js'
import { checked, closed, described, setting } from '../shape.js'
import { acme } from './acme.js'
import { hostPattern } from './texts.js'

/** PEM as it stands, or the path of a file that holds it. */
const pem = v.pipe(v.string(), v.minLength(1, 'needs the path of a PEM file, or PEM itself'))
/** OpenSSL's way to name ciphers. */
const cipherList = checked((text) => (/^[\w:+!@=-]+$/.test(text) ? undefined : 'is not a list of OpenSSL names such as "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"'))

const PEM_TEXT = 'PEM, or the path of a PEM file'
const CERTIFICATE_TEXT = `${PEM_TEXT}: the certificate first, then those between it and its authority.`

const certificate = closed({
  cert: described(pem, CERTIFICATE_TEXT),
  key: described(pem, `${PEM_TEXT}: the private key of the certificate, not encrypted.`),
  hosts: setting(v.pipe(v.array(hostPattern), v.minLength(1, 'needs at least one host')), 'Names it is shown for; "*.example.com" stands for one label. Default: those that it names itself.'),
})

/** How a listener speaks TLS. */
export const listenerTls = v.pipe(
  closed({
    cert: setting(pem, `${CERTIFICATE_TEXT} With "key", short for a list of one.`),
    key: setting(pem, `${PEM_TEXT}: the private key of "cert", not encrypted.`),
    certificates: setting(
      v.pipe(v.array(certificate), v.minLength(1, 'needs at least one certificate')),
      'Several certificates: by the name the client asks for (SNI), exact names before wildcards, the first for whoever asks for none of them. Bun with the "strict" adapter and Deno with the "native" one take one only.',
    ),
    acme: setting(acme, 'Gets certificates and renews them by itself, from Let\'s Encrypt or another authority that speaks ACME (RFC 8555). In place of certificates of your own, or beside them: those count first.'),
    minVersion: setting(v.picklist(['1.2', '1.3']), 'Oldest version of TLS that is spoken. Default "1.2". Not to be set with the "native" adapter of Deno, which speaks 1.2 and 1.3.'),
    ciphers: setting(cipherList, 'Ciphers for TLS 1.2, and on Node for 1.3 too, in OpenSSL\'s names, the best first. Default: those with forward secrecy and authenticated encryption. Hazard: ciphers without them let recorded traffic be read later. Not to be set with the "native" adapter of Deno.'),
    clientAuth: setting(
      closed({
        ca: described(pem, `${PEM_TEXT}: the authorities whose client certificates are believed.`),
        mode: described(v.picklist(['require', 'request']), '"require": who has no certificate of these authorities gets no connection. "request": a certificate is asked for, and whoever has none, or one of others, is served all the same; filters decide.'),
        crl: setting(pem, `${PEM_TEXT}: list of the certificates that these authorities have revoked. Default: none is taken for revoked. Hazard: once the list is out of date, every certificate is refused.`),
      }),
      'Asks clients for certificates. The name a client asks TLS for must then be that of its `Host`; other requests are answered with 421. On Node, and on Deno with the "strict" adapter.',
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { cert, key, certificates, acme } = dataset.value
    const isPair = cert !== undefined && key !== undefined
    const isHalf = !isPair && (cert !== undefined || key !== undefined)
    if (isHalf || (certificates ? isPair : !isPair && !acme)) addIssue({ message: 'needs "cert" and "key", or "certificates" instead of both, or "acme"' })
  }),
)

/** How TLS is spoken to servers. */
export const upstreamTls = v.pipe(
  closed({
    serverName: setting(
      checked((text) => (parseHost(text)?.port === undefined && /[a-z]/i.test(text) && parseHost(text) ? undefined : 'is not a name such as "app.internal"')),
      'Name that TLS asks for (SNI) and that the certificate must be for, whatever the URL and `Host` say. Default: that of the target\'s URL.',
    ),
    ca: setting(pem, `${PEM_TEXT}: the authorities that are believed, in place of those that the runtime knows.`),
    cert: setting(pem, `${PEM_TEXT}: certificate that the gateway shows to servers which ask for one. With "key".`),
    key: setting(pem, `${PEM_TEXT}: the private key of "cert", not encrypted.`),
    verify: setting(v.boolean(), 'Whether the certificate must be from a known authority and for the name. Default true. Hazard: with false, whoever gets between the gateway and a server reads and changes all that passes.'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed && (dataset.value.cert === undefined) !== (dataset.value.key === undefined)) addIssue({ message: 'needs "cert" and "key" together' })
  }),
)
