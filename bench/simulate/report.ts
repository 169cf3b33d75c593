// What a scenario came to, as a table and as a plot.
import { type Chart, type Line, type Tick } from '../chart.js'
import { type Measures, movedShare, percentile, spread } from './measures.js'
import type { Plot, Scenario, Variant } from './scenarios.js'
import { range, urlOf } from './simulation.js'

export interface Result {
  readonly variant: Variant
  readonly measures: Measures
}

const PERCENTS = [10, 25, 50, 75, 90, 95, 99, 99.5, 99.9]
const LOAD_PERCENTS = range(101)
const SHOWN_PERCENTS = [50, 90, 99, 99.9]

const COLUMNS: readonly (readonly [heading: string, value: (measures: Measures) => string])[] = [
  ['requests', ({ requests }) => `${requests}`],
  ['p50 ms', ({ latencies }) => shown(percentile(latencies, 50))],
  ['p95 ms', ({ latencies }) => shown(percentile(latencies, 95))],
  ['p99 ms', ({ latencies }) => shown(percentile(latencies, 99))],
  ['p99.9 ms', ({ latencies }) => shown(percentile(latencies, 99.9))],
  ['max/mean', ({ received }) => spread(received).toFixed(2)],
  ['errors', ({ errors }) => `${errors}`],
  ['retries', ({ retries }) => `${retries}`],
  ['ejections', ({ ejections }) => `${ejections}`],
]

/** The rows of a table whose first is its heading. */
export function rowsOf(results: readonly Result[], { leaves }: Pick<Scenario, 'leaves'>): string[][] {
  const columns = leaves === undefined ? COLUMNS : [...COLUMNS, ['moved %', ({ servers }: Measures) => (100 * movedShare(servers, urlOf(leaves))).toFixed(2)] as const]
  return [['', ...columns.map(([heading]) => heading)], ...results.map(({ variant, measures }) => [variant.name, ...columns.map(([, value]) => value(measures))])]
}

export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n')
}

export function chartOf({ title, plot }: Pick<Scenario, 'title' | 'plot'>, results: readonly Result[]): Chart {
  const lines = results.filter(({ variant }) => variant.plotted).map(({ variant, measures }): Line => ({ name: variant.name, points: pointsOf(plot, measures) }))
  const marks = plot.marks?.map(([at, text]): Tick => ({ at, text }))
  const common = { title, lines, ...(marks && { marks }) }
  switch (plot.of) {
    case 'percentiles':
      return { ...common, xLabel: 'share of the requests', yLabel: 'latency in ms, at most', logarithmic: true, xTicks: SHOWN_PERCENTS.map((percent) => ({ at: rarity(percent), text: `${percent} %` })) }
    case 'load':
      return { ...common, xLabel: 'targets, the least used first', yLabel: 'requests, as a multiple of the mean', logarithmic: false, xTicks: [0, 25, 50, 75, 100].map((at) => ({ at, text: `${at} %` })) }
    case 'p99':
      return { ...common, xLabel: 'time in seconds', yLabel: 'p99 of each second, in ms', logarithmic: true, xTicks: secondTicks(results) }
    case 'failures':
      return { ...common, xLabel: 'time in seconds', yLabel: 'requests that failed, in %', logarithmic: false, xTicks: secondTicks(results) }
  }
}

function pointsOf({ of }: Plot, { latencies, received, seconds }: Measures): (readonly [number, number])[] {
  switch (of) {
    case 'percentiles':
      return PERCENTS.map((percent) => [rarity(percent), percentile(latencies, percent)])
    case 'load': {
      const mean = received.reduce((sum, each) => sum + each, 0) / received.length
      const sorted = received.toSorted((a, b) => a - b)
      return LOAD_PERCENTS.map((percent) => [percent, sorted[Math.round((percent / 100) * (sorted.length - 1))]! / mean])
    }
    case 'p99':
      return seconds.map(({ p99Ms }, i) => [i + 0.5, p99Ms])
    case 'failures':
      return seconds.map(({ answered, errors }, i) => [i + 0.5, (100 * errors) / (answered + errors)])
  }
}

/** Stretches the rare end of the percentiles: each nine takes as much room. */
function rarity(percent: number): number {
  return -Math.log10(1 - percent / 100)
}

function secondTicks([first]: readonly Result[]): Tick[] {
  const seconds = first!.measures.seconds.length
  return Array.from({ length: Math.floor(seconds / 5) + 1 }, (_, i) => ({ at: 5 * i, text: `${5 * i}` }))
}

function shown(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0)
}
