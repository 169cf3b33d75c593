// Shows a pool to its operators, and takes what they set.
import { type PoolOperator, targetId } from '../operator.js'
import type { PoolHealthKeeper } from './health/stage.js'
import type { PoolMember } from './member.js'
import type { PoolAdmission } from './protect/stage.js'
import type { PoolBalancer } from './stage.js'

export function operatorOf(balancer: PoolBalancer, health: PoolHealthKeeper, admission: PoolAdmission): PoolOperator {
  const memberNamed = (name: string): PoolMember | undefined => balancer.members.find(({ target: { origin } }) => origin === name || targetId(origin) === name)
  const set = (name: string, change: (member: PoolMember) => void): boolean => {
    const member = memberNamed(name)
    if (!member) return false
    change(member)
    balancer.changed()
    return true
  }
  return {
    state: () => ({
      ...admission.state(),
      targets: balancer.members.map(({ target: { origin, weight: own, backup = false, zone }, load, draining, weight = own }) => (
        { id: targetId(origin), origin, weight, backup, zone, draining, health: health.standing(origin), trouble: health.trouble(origin), inFlight: load.inFlight, latencyMs: load.latency?.latencyMs }
      )),
    }),
    drain: (name, draining) => set(name, (member) => {
      member.draining = draining
    }),
    weigh: (name, weight) => set(name, (member) => {
      member.weight = weight
    }),
  }
}
