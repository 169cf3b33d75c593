// The automatic certificates of a gateway: made ready before its listeners open, and kept up while they are.
import type { CertificateEvent, Gateway, Issue } from '../../src/index.js'
import type { OwnAnswers } from '../shared/own-answers.js'
import { answering } from './challenges.js'
import { OnDemand } from './on-demand.js'
import { tlsChallengeId } from './order.js'
import type { AcmePlan } from './plan.js'
import { endsSoon } from './renewal.js'
import { readText, writeWhole } from './storage.js'
import { readBundle } from './bundle.js'
import { Upkeep, type UpkeepPorts } from './upkeep.js'
import { type MadePair, selfSigned } from './x509.js'

/** Where a listener finds certificates that are not in its settings. */
export interface CertificateSource {
  /** What answers a challenge by TLS for a name; undefined when none was posed. Absent where none is answered that way. */
  readonly challenge: ((name: string) => MadePair | undefined) | undefined
  /** The certificate for a name that no other is for; undefined when it is to have none. Absent where none are got on demand. */
  readonly onDemand: ((name: string) => Promise<MadePair | undefined>) | undefined
}

export interface AutomaticCertificates {
  /** What keeps the gateway from starting. */
  readonly issues: readonly Issue[]
  sourceOf(listener: number): CertificateSource | undefined
  /** A gateway that answers challenges as well. */
  answering(gateway: Gateway, own: OwnAnswers): Gateway
  keepUp(ports: UpkeepPorts): void
  /** Has authorities asked again whether something is to be renewed. */
  askAgain(): void
  /** Resolves when nothing is under way any more; to be called after the signal. */
  close(): Promise<void>
}

const PLACEHOLDER_DAYS = 90

/** Makes the folders, and what is shown until there is better. */
export async function prepareCertificates(plans: readonly AcmePlan[]): Promise<AutomaticCertificates> {
  const issues: Issue[] = []
  for (const plan of plans) {
    try {
      plan.storage.prepare()
      await makePlaceholder(plan)
    } catch (error) {
      issues.push({ path: `${plan.path}.storage`, value: plan.settings.storage, message: `cannot be used: ${(error as Error).message}` })
    }
  }
  let upkeeps: readonly Upkeep[] = []
  const onDemand = new Map(plans.flatMap((plan) => (plan.settings.onDemand ? [[plan.listener, new OnDemand(plan.storage, plan.settings.onDemand)] as const] : [])))
  return {
    issues,
    sourceOf: (listener) => {
      const plan = plans.find((each) => each.listener === listener)
      if (!plan) return undefined
      const demanded = onDemand.get(listener)
      return { challenge: plan.ways.includes('tls-alpn-01') ? (name) => challengeOf(plan, name) : undefined, onDemand: demanded && ((name) => demanded.certificateFor(name)) }
    },
    answering: (gateway, own) => answering(gateway, plans.map(({ storage }) => storage), own),
    keepUp: (ports) => {
      upkeeps = plans.map((plan) => {
        const upkeep = new Upkeep(plan, ports)
        onDemand.get(plan.listener)?.by(upkeep, (event: CertificateEvent) => ports.observe(event))
        upkeep.look()
        return upkeep
      })
    },
    askAgain: () => {
      for (const upkeep of upkeeps) upkeep.askAgain()
    },
    close: async () => {
      await Promise.all(upkeeps.map((upkeep) => upkeep.close()))
    },
  }
}

function challengeOf({ storage }: AcmePlan, name: string): MadePair | undefined {
  const text = storage.posed(tlsChallengeId(name.toLowerCase()))
  return text === undefined ? undefined : readBundle(text)
}

/** For names without a certificate; for others, when there is none at all. Kept, so that all processes show the same. */
async function makePlaceholder({ storage, domains }: AcmePlan): Promise<void> {
  const missing = domains.filter((name) => readText(storage.certificateFile(name)) === undefined)
  if (domains.length > 0 && missing.length === 0) return
  const names = missing.length > 0 ? missing : ['fetchgate.invalid']
  const kept = readBundle(readText(storage.placeholder) ?? '')
  if (kept && names.every((name) => kept.names.includes(name)) && !endsSoon(Date.now(), kept)) return
  const { cert, key } = await selfSigned(names, PLACEHOLDER_DAYS)
  writeWhole(storage.placeholder, key + cert)
}
