// What an operator may say of clients that show certificates.
import * as v from 'valibot'
import { parseCidr } from '../../../http/address.js'
import { checked, closed, setting } from '../../shape.js'

const subject = checked((text) => (/^[\w.-]+=/.test(text) && !/[^\\][,+] /.test(text) ? undefined : 'is not a subject such as "CN=ann,O=Example", as "openssl x509 -noout -subject -nameopt RFC2253,-esc_msb" prints it'))
const name = checked((text) => (/^(\*\.)?[^\s*]+$/.test(text) || parseCidr(text) ? undefined : 'is not a name such as "ann@example.com", "api.example" or "*.example"'))
const fingerprint = checked((text) => (/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(text) ? undefined : 'is not a SHA-256 fingerprint of 64 hexadecimal digits, as "openssl x509 -noout -fingerprint -sha256" prints it'))
const listOf = <const S extends v.GenericSchema>(member: S) => v.pipe(v.array(member), v.minLength(1, 'must have at least one member'))

const OR = 'A certificate passes that stands in one of the lists; without any list, every one that an authority of `clientAuth` has issued.'

export const clientCertificate = closed({
  require: setting(v.boolean(), 'Whether requests without a certificate are refused. Default true. With false they pass as nobody\'s; a certificate that is not right is refused all the same.'),
  subjects: setting(listOf(subject), `Subjects as in RFC 4514, the most special part first: "CN=ann,O=Example". Compared by the letter. ${OR}`),
  names: setting(listOf(name), 'Alternative names: hosts, where "*.example" stands for one label, addresses of mail, addresses and ranges of the network, URIs. Hosts in any case, the rest by the letter.'),
  fingerprints: setting(listOf(fingerprint), 'SHA-256 fingerprints of certificates in hexadecimal, with colons or without.'),
  forward: setting(v.boolean(), 'Whether servers get the certificate in `Client-Cert` (RFC 9440). Default true. Not on Workers, which do not tell it. What clients send by that name or as `Client-Cert-Chain`, in any spelling, is taken off always.'),
  trustForwarded: setting(v.boolean(), 'Of `trustedProxies`, take the certificate in `Client-Cert` for that of their client, and not the one they may show themselves; what they say in `Client-Cert-Chain` goes on. Default false. Hazard: nothing of it is verified here; a proxy that does not itself take off what clients send as `Client-Cert` lets anybody be anybody.'),
})
