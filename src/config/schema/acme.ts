// What an operator may say of certificates that the gateway gets by itself (ACME, RFC 8555).
import * as v from 'valibot'
import { domainFault } from '../certifiable.js'
import { checked, closed, described, setting } from '../shape.js'
import { whole } from './numbers.js'

/** Authorities by name. Those marked take accounts with an external binding only. */
const KNOWN: ReadonlySet<string> = new Set(['letsencrypt', 'letsencrypt-staging', 'zerossl', 'google', 'google-staging'])
const BOUND: ReadonlySet<string> = new Set(['zerossl', 'google', 'google-staging'])

/** Certificates that a listener gets and renews by itself. */
export const acme = v.pipe(
  closed({
    email: described(checked((text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? undefined : 'is not a mail address')), 'Mail address of the account with the authority. By an account, its terms are agreed to.'),
    domains: setting(v.pipe(v.array(checked(domainFault)), v.minLength(1, 'needs at least one host')), 'Hosts to get certificates for, one for each; no wildcards and no addresses. May be left out with "onDemand". Bun with the "strict" adapter and Deno with the "native" one take one only.'),
    storage: described(v.pipe(v.string(), v.minLength(1, 'needs a folder')), 'Folder for the account and the certificates with their keys, made with access for this user only. Processes that share it share the account, and one of them orders for all. Hazard: who reads it can pass for these hosts; who loses it orders anew, up to the limits of the authority.'),
    directory: setting(
      checked((text) => (KNOWN.has(text) || (/^https:\/\//.test(text) && URL.canParse(text)) ? undefined : `is neither ${[...KNOWN].join(', ')}, nor the URL of a directory such as "https://ca.internal/acme/directory"`)),
      'The authority: "letsencrypt" (default), "letsencrypt-staging" (for trials: no browser believes it, its limits are wide), "zerossl", "google", "google-staging", or the URL of the directory of another one. The certificates of each are kept apart.',
    ),
    ca: setting(v.pipe(v.string(), v.minLength(1, 'needs the path of a PEM file, or PEM itself')), 'PEM, or the path of a PEM file: the authorities that the directory itself is believed by, for one of your own. Default: those that the runtime knows.'),
    eab: setting(
      closed({
        kid: described(v.pipe(v.string(), v.minLength(1, 'needs what the authority gave')), 'Identifier of the key, as the authority gave it.'),
        hmacKey: described(checked((text) => (/^[\w+/-]{16,}=*$/.test(text) ? undefined : 'is no key in base64url')), 'The key, in base64url. A secret: write it as `${NAME}`.'),
      }),
      'Binds the account to one that you have with the authority (RFC 8555 §7.3.4); "zerossl" and "google" ask for it.',
    ),
    challenges: setting(
      v.pipe(v.array(v.picklist(['http-01', 'tls-alpn-01'])), v.minLength(1, 'needs at least one challenge')),
      'How to show that we answer for a host, the first first: "http-01", by any listener without TLS, to which the authority connects at port 80; "tls-alpn-01", by this listener, at port 443, on Node. Default: those whose port one of our listeners has. To be set where another machine maps those ports to ours.',
    ),
    profile: setting(v.pipe(v.string(), v.minLength(1, 'needs a name')), 'Kind of certificate, by the name that the authority gives it, such as "shortlived". Default: its own.'),
    onDemand: setting(
      closed({
        ask: described(checked((text) => (/^https?:\/\//.test(text) && URL.canParse(text) ? undefined : 'is not a URL such as "http://127.0.0.1:9000/may"')), 'URL that is asked with `?domain=HOST` before a certificate is got: 200 allows it, any other answer does not. An answer counts for a minute.'),
        perHour: setting(whole(1, 10_000), 'How many certificates are ordered in an hour at most, by all processes that share the storage. Default 20.'),
      }),
      'Gets certificates for other hosts when a client first asks for one, and keeps the client waiting meanwhile. On Node, and on Deno with the "strict" adapter. Hazard: the service behind "ask" decides how many certificates are made; have it say yes to hosts of customers only.',
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { domains, onDemand, directory = 'letsencrypt', eab } = dataset.value
    if (!domains && !onDemand) addIssue({ message: 'needs "domains", or "onDemand"' })
    if (!eab && BOUND.has(directory)) addIssue({ message: `"directory": "${directory}" needs "eab", the key that this authority gives to its customers` })
  }),
)
