// What pools and caches come to at the moment when somebody asks.
import type { Inside, PoolState, TargetState } from '../../operator.js'
import type { Family, Point } from './family.js'

const CIRCUITS = ['closed', 'open', 'half-open', 'ramp'] as const

export function insideFamilies({ pools, caches }: Inside): Family[] {
  const states = [...pools].flatMap(([name, { operator }]) => (operator ? [{ name, state: operator.state() }] : []))
  const ofPools = (value: (state: PoolState) => number): Point[] => states.map(({ name, state }) => ({ attributes: { 'fetchgate.upstream': name }, value: value(state) }))
  const ofTargets = (value: (target: TargetState) => number): Point[] => states.flatMap(({ name, state }) => state.targets.map((target) => ({ attributes: { 'fetchgate.upstream': name, 'server.address': target.id }, value: value(target) })))
  const circuits = states.flatMap(({ name, state }) => (state.circuit === undefined ? [] : CIRCUITS.map((circuit) => ({ attributes: { 'fetchgate.upstream': name, 'fetchgate.circuit.state': circuit }, value: Number(state.circuit === circuit) }))))
  return [
    gauge('fetchgate.upstream.target.active_requests', 'Requests under way at a target, until the end of their answers.', ofTargets(({ inFlight }) => inFlight)),
    gauge('fetchgate.upstream.target.up', 'Whether a target takes part: 1, or 0 where probes fail or it is ejected. Of several processes the least.', ofTargets(({ health }) => Number(health === 'healthy' || health === 'half-open')), 'min'),
    gauge('fetchgate.upstream.target.draining', 'Whether an operator has taken a target out.', ofTargets(({ draining }) => Number(draining)), 'max'),
    gauge('fetchgate.upstream.target.weight', 'The weight of a target.', ofTargets(({ weight }) => weight), 'max'),
    gauge('fetchgate.upstream.pending_requests', 'Requests that wait for a place at a target.', ofPools(({ pending }) => pending)),
    gauge('fetchgate.upstream.circuit', 'The state of the circuit of a pool: 1 for the one it is in. Of several processes how many are.', circuits),
    { ...gauge('fetchgate.cache.size', 'What the entries of a cache take, as far as its store knows.', [...caches.shelves].flatMap(([name, { shelf }]) => (shelf.bytesUsed === undefined ? [] : [{ attributes: { 'fetchgate.cache': name }, value: shelf.bytesUsed }]))), unit: 'By' },
  ]
}

function gauge(name: string, help: string, points: readonly Point[], together: Family['together'] = 'sum'): Family {
  return { name, kind: 'gauge', unit: '', together, help, points }
}
