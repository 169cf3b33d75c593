// The scenarios: what happens to the servers, which settings are compared, and what the plot shows.
import { range, type Setup, type UpstreamSettings } from './simulation.js'

export type PolicyName = 'round-robin' | 'random' | 'power-of-two' | 'least-requests' | 'peak-ewma' | 'first' | 'consistent-hash' | 'rendezvous' | 'maglev'

/** One of the settings that are compared. */
export interface Variant {
  readonly name: string
  readonly upstream: UpstreamSettings
  /** Whether the plot shows it; more than six lines cannot be told apart. */
  readonly plotted?: boolean
}

export interface Scenario {
  readonly title: string
  /** What happens. */
  readonly story: string
  readonly targets: number
  /** Under the policies given, or those that the scenario is about. */
  readonly variants: (policies?: readonly PolicyName[]) => readonly Variant[]
  readonly setup: (targets: number) => Omit<Setup, 'upstream'>
  readonly plot: Plot
  /** The target that leaves half-way, where it is measured how many clients then go elsewhere. */
  readonly leaves?: number
}

/** `percentiles` of latency; `p99` or `failures` of each second; `load`: that of each target as a multiple of the mean. */
export interface Plot {
  readonly of: 'percentiles' | 'p99' | 'failures' | 'load'
  /** Moments that the plot marks. */
  readonly marks?: readonly (readonly [atSecond: number, text: string])[]
}

/** Requests that keep one worker busy each second, at 20 ms for each. */
const PER_WORKER = 50
const LEAVES = 7
const PLOTTED: ReadonlySet<PolicyName> = new Set(['round-robin', 'random', 'power-of-two', 'least-requests', 'peak-ewma', 'consistent-hash'])

const POLICIES: readonly PolicyName[] = ['round-robin', 'random', 'power-of-two', 'least-requests', 'peak-ewma', 'consistent-hash', 'rendezvous', 'maglev']

const policies = (names: readonly PolicyName[] = POLICIES): Variant[] => names.map((name) => ({ name, upstream: { balance: name }, plotted: PLOTTED.has(name) || names.length < 6 }))

/** The same settings under each of the policies. */
function crossed(usual: readonly PolicyName[], settings: readonly (readonly [string, UpstreamSettings])[]): Scenario['variants'] {
  return (names = usual) => names.flatMap((policy) => settings.map(([name, upstream]) => ({ name: names.length === 1 ? name : `${policy}, ${name}`, upstream: { balance: policy, ...upstream }, plotted: true })))
}

const alike = (count: number, workers: number): { workers: number }[] => range(count).map(() => ({ workers }))

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'one-slow': {
    title: 'One target is ten times slower',
    story: 'The targets get 6 % of what they could do, so that nobody has to wait; one of them takes 200 ms for each request instead of 20.',
    targets: 10,
    variants: policies,
    setup: (targets) => ({ origins: range(targets).map((i) => ({ workers: 32, slowness: i === 3 ? () => 10 : undefined })), rate: () => targets * 100, seconds: 20 }),
    plot: { of: 'percentiles' },
  },
  'kill-one': {
    title: 'One target is killed',
    story: 'The targets get 95 % of what all but one can do. At 5 s one is killed with all it has under way, at 10 s it is back.',
    targets: 3,
    variants: policies,
    setup: (targets) => ({
      origins: alike(targets, 8),
      rate: () => 0.95 * (targets - 1) * 8 * PER_WORKER,
      seconds: 25,
      script: [
        { atSecond: 5, act: ({ origins }) => origins[1]!.become('down') },
        { atSecond: 10, act: ({ origins }) => origins[1]!.become('up') },
      ],
    }),
    plot: { of: 'p99', marks: [[5, 'killed'], [10, 'back']] },
  },
  'rolling-restart': {
    title: 'All targets are restarted in turn',
    story: 'The targets get half of what they can do. From 3 s on each in turn ends what it has, refuses connections for 3 s, and is back; 1 s later the next one goes.',
    targets: 6,
    variants: crossed(['round-robin'], [
      ['no retries', { retry: { attempts: 0 } }],
      ['no retries, checks each 1s', { retry: { attempts: 0 }, health: { path: '/', interval: '1s' } }],
      ['defaults', {}],
      ['ejectFor 1s', { outlier: { ejectFor: '1s' } }],
    ]),
    setup: (targets) => ({
      origins: alike(targets, 8),
      rate: () => 0.5 * targets * 8 * PER_WORKER,
      seconds: 4 * targets + 6,
      script: range(targets).flatMap((i) => [
        { atSecond: 3 + 4 * i, act: ({ origins }) => origins[i]!.become('stopping') },
        { atSecond: 6 + 4 * i, act: ({ origins }) => origins[i]!.become('up') },
      ]),
    }),
    plot: { of: 'failures' },
  },
  'cold-start': {
    title: 'A cold target joins warm ones',
    story: 'The targets get 60 % of what they can do. At 5 s another joins that takes eight times as long at first, and half of the excess is gone after each 350 requests.',
    targets: 5,
    variants: crossed(['round-robin', 'least-requests', 'peak-ewma'], [
      ['at once', {}],
      ['slowStart 20s', { slowStart: '20s' }],
    ]),
    setup: (targets) => ({
      origins: range(targets).map((i) => ({ workers: 8, slowness: i === targets - 1 ? (served) => 1 + 7 * 2 ** (-served / 350) : undefined })),
      targets: targets - 1,
      rate: () => 0.6 * (targets - 1) * 8 * PER_WORKER,
      seconds: 40,
      script: [{ atSecond: 5, act: (world) => world.retarget(range(targets)) }],
    }),
    plot: { of: 'p99', marks: [[5, 'joins']] },
  },
  flapping: {
    title: 'One target answers 503, on and off',
    story: 'The targets get 40 % of what they can do. From 3 s on one of them answers 503 at once for 2 s, is well for 2 s, and so on.',
    targets: 5,
    variants: crossed(['round-robin', 'least-requests'], [
      ['no ejection', { outlier: { consecutiveFailures: 0 } }],
      ['defaults', {}],
      ['defaults, 503 retried', { retry: { on: ['connect-failure', 'reset-before-response', '503'] } }],
    ]),
    setup: (targets) => ({
      origins: alike(targets, 8),
      rate: () => 0.4 * targets * 8 * PER_WORKER,
      seconds: 40,
      script: range(10).flatMap((i) => [
        { atSecond: 3 + 4 * i, act: ({ origins }) => origins[0]!.become('unable') },
        { atSecond: 5 + 4 * i, act: ({ origins }) => origins[0]!.become('up') },
      ]),
    }),
    plot: { of: 'failures' },
  },
  'many-targets': {
    title: 'Very many targets',
    story: 'The targets get half of what they can do. Each client asks once, 20 for each target; then one target leaves, and each asks again.',
    targets: 1000,
    variants: (names = ['round-robin', 'power-of-two', 'least-requests', 'consistent-hash', 'rendezvous', 'maglev']) =>
      [...policies(names), { name: 'consistent-hash, no bound', upstream: { balance: { policy: 'consistent-hash', boundPercent: 1000 } } as const, plotted: true }].map((variant) => ({ ...variant, upstream: { ...variant.upstream, breaker: { maxInFlight: 1_000_000 } }, plotted: variant.name !== 'maglev' })),
    setup: (targets) => ({
      origins: alike(targets, 8),
      // Each client asks twice, once before the change and once after.
      client: (number) => number % (20 * targets),
      onRequest: (number, world) => number === 20 * targets && world.retarget(range(targets).filter((i) => i !== LEAVES)),
      rate: () => 200 * targets,
      seconds: 0.2,
    }),
    leaves: LEAVES,
    plot: { of: 'load' },
  },
  overload: {
    title: 'Half as much again as the pool can do',
    story: 'The targets get half of what they can do; from 5 s to 25 s, 150 % of it.',
    targets: 2,
    variants: crossed(['least-requests'], [
      ['limits off', { breaker: { maxInFlight: 1_000_000 } }],
      ['default limits', {}],
      ['maxInFlight 64', { breaker: { maxInFlight: 64 } }],
      ['adaptive', { breaker: { adaptive: true } }],
      ['adaptive, nobody waits', { breaker: { adaptive: true, maxPending: 0 } }],
    ]),
    setup: (targets) => ({ origins: alike(targets, 16), rate: (atSecond) => (atSecond >= 5 && atSecond < 25 ? 1.5 : 0.5) * targets * 16 * PER_WORKER, seconds: 40 }),
    plot: { of: 'p99', marks: [[5, '150 %'], [25, '50 %']] },
  },
}
