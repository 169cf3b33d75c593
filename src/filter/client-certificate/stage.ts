// clientCertificate: lets clients pass by the certificates that they have shown in TLS, here or to a proxy of ours.
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange, Identity } from '../../exchange.js'
import { readCertificate } from '../../http/certificate/read.js'
import type { Fields } from '../../http/fields.js'
import type { PeerCertificate } from '../../http/forwarded.js'
import { Remembered } from '../remembered.js'
import { sha256 } from '../sha256/stage.js'
import { PASS, type Refusal, type Rule, type Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { identityOf, membersOf, unfitness } from './decision.js'
import { bytesOf, certificateLine, cleanedFields, sentCertificate, withoutClientCert } from './field.js'

type ClientCertificateConfig = NonNullable<FilterConfig['clientCertificate']>

/** What a certificate that passes comes to, made once for each. */
interface Outcome {
  readonly identity: Identity
  readonly line: Fields
}

/** For what proxies pass on. */
const MAX_REMEMBERED_CHARACTERS = 2 * 1024 * 1024

/** Refuses with 403 who has shown no certificate, or none of those that are wanted. */
export function clientCertificateRule(config: ClientCertificateConfig, { ports, kept }: RuleWorld): Rule {
  const { require = true, forward = true, trustForwarded = false } = config
  const members = membersOf(config)
  const outcomes = new WeakMap<PeerCertificate, Outcome>()
  const known = kept(() => new Remembered<PeerCertificate>(MAX_REMEMBERED_CHARACTERS))
  const missing = refusal('no certificate')

  const without = (exchange: Exchange): Verdict => {
    if (require) return missing
    const fields = cleanedFields(exchange)
    return fields ? { kind: 'pass', fields } : PASS
  }
  const judge = (exchange: Exchange, certificate: PeerCertificate, chain: Fields): Verdict => {
    const unfit = unfitness(certificate, members, ports.clock.nowMs())
    if (unfit !== undefined) return refusal(unfit)
    let outcome = outcomes.get(certificate)
    if (!outcome) outcomes.set(certificate, (outcome = { identity: identityOf(certificate), line: forward ? certificateLine(certificate.der) : NO_LINES }))
    const { identity, line } = outcome
    const lines = forward && chain.length > 0 ? [...line, ...chain] : line
    return { kind: 'pass', identity, fields: withoutClientCert(exchange.fields, lines) }
  }
  const passedOn = async (exchange: Exchange, value: string, chain: Fields): Promise<Verdict> => {
    const der = bytesOf(value)
    const reading = der && readCertificate(der)
    if (!reading) return refusal('a Client-Cert that cannot be read')
    const certificate: PeerCertificate = { ...reading, der, fingerprint256: hex(await sha256(der)), verified: true }
    known.set(value, certificate, certificate.notAfterMs, 3 * value.length)
    return judge(exchange, certificate, chain)
  }

  return (exchange) => {
    if (!trustForwarded || !exchange.peerTrusted) {
      const { certificate } = exchange.peer
      return certificate ? judge(exchange, certificate, NO_LINES) : without(exchange)
    }
    const sent = sentCertificate(exchange.fields)
    if (sent.kind === 'none') return without(exchange)
    if (sent.kind === 'fault') return refusal(sent.reason)
    const certificate = known.get(sent.value, ports.clock.nowMs())
    return certificate ? judge(exchange, certificate, sent.chain) : passedOn(exchange, sent.value, sent.chain)
  }
}

const NO_LINES: Fields = []

function refusal(reason: string): Refusal {
  return { kind: 'refuse', code: 'http_request_denied', reason: `clientCertificate: ${reason}` }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
