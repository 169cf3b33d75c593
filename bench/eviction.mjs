// Hit ratio of the memory cache's eviction beside LRU and the optimum (Belady), on traces that are made here: node bench/eviction.mjs [--svg FILE]
// Says nothing about speed, nor about traces of other shapes.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'

const { import: load } = createJiti(import.meta.url)
const { S3Fifo } = await load('../src/cache/stores/s3-fifo.ts')
const { seeded } = await load('./simulate/chance.ts')
const { svgOf } = await load('./chart.ts')
const { values } = parseArgs({ options: { svg: { type: 'string' } } })
const REQUESTS = 400_000
const KEYS = 40_000

function zipf(skew, keys, random) {
  const sums = []
  let sum = 0
  for (let i = 1; i <= keys; i++) sums.push((sum += 1 / i ** skew))
  return () => {
    const point = random() * sum
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < point) low = middle + 1
      else high = middle
    }
    return low
  }
}

const TRACES = {
  'Zipf 0.7': () => Array.from({ length: REQUESTS }, zipf(0.7, KEYS, seeded(1))),
  'Zipf 1.0': () => Array.from({ length: REQUESTS }, zipf(1.0, KEYS, seeded(2))),
  'Zipf 1.0 with scans': () => {
    const next = zipf(1.0, KEYS, seeded(3))
    // One request in three belongs to a crawler that asks for everything once, round after round.
    let crawled = 0
    return Array.from({ length: REQUESTS }, (_, i) => (i % 3 === 2 ? KEYS + (crawled++ % (KEYS * 4)) : next()))
  },
  'popularity that moves': () => {
    const next = zipf(1.0, KEYS, seeded(4))
    return Array.from({ length: REQUESTS }, (_, i) => (next() + Math.floor(i / 20_000) * 500) % KEYS)
  },
}

function s3fifo(trace, room) {
  const cache = new S3Fifo(room)
  let hits = 0
  for (const key of trace) {
    if (cache.get(String(key)) !== undefined) hits++
    else cache.set(String(key), 1, 1)
  }
  return hits / trace.length
}

function lru(trace, room) {
  const kept = new Map()
  let hits = 0
  for (const key of trace) {
    if (kept.delete(key)) hits++
    else if (kept.size >= room) kept.delete(kept.keys().next().value)
    kept.set(key, true)
  }
  return hits / trace.length
}

/** Knows what will be asked for: lets go what is asked for last. Nothing does better. */
function optimal(trace, room) {
  const next = new Array(trace.length)
  const seen = new Map()
  for (let i = trace.length - 1; i >= 0; i--) {
    next[i] = seen.get(trace[i]) ?? Infinity
    seen.set(trace[i], i)
  }
  const kept = new Map()
  // A heap of [next use, key], the latest on top; what is out of date is passed over.
  const heap = []
  const push = (item) => {
    heap.push(item)
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (heap[parent][0] >= heap[i][0]) break
      ;[heap[parent], heap[i]] = [heap[i], heap[parent]]
      i = parent
    }
  }
  const pop = () => {
    const top = heap[0]
    const last = heap.pop()
    if (heap.length > 0) {
      heap[0] = last
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let largest = i
        if (left < heap.length && heap[left][0] > heap[largest][0]) largest = left
        if (right < heap.length && heap[right][0] > heap[largest][0]) largest = right
        if (largest === i) break
        ;[heap[largest], heap[i]] = [heap[i], heap[largest]]
        i = largest
      }
    }
    return top
  }
  let hits = 0
  for (const [i, key] of trace.entries()) {
    if (kept.has(key)) hits++
    else if (kept.size >= room) {
      for (;;) {
        const [use, old] = pop()
        if (kept.get(old) !== use) continue
        kept.delete(old)
        break
      }
    }
    kept.set(key, next[i])
    push([next[i], key])
  }
  return hits / trace.length
}

const POLICIES = { 'S3-FIFO': s3fifo, LRU: lru, optimal }
const percent = (ratio) => `${(ratio * 100).toFixed(1)} %`

console.log('| trace | room for | S3-FIFO (ours) | LRU | optimal |\n|---|---|---|---|---|')
for (const [name, make] of Object.entries(TRACES)) {
  const trace = make()
  for (const share of [0.01, 0.1]) {
    console.log(`| ${name} | ${share * 100} % of the keys | ${Object.values(POLICIES).map((policy) => percent(policy(trace, KEYS * share))).join(' | ')} |`)
  }
}
if (values.svg) writeFileSync(values.svg, svgOf(chart()))

/** How the policies fare with more and more room, where crawlers come by and where none do. */
function chart() {
  const shares = [0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4]
  const lines = ['Zipf 1.0', 'Zipf 1.0 with scans'].flatMap((name) => {
    const trace = TRACES[name]()
    return Object.entries(POLICIES).map(([policy, ratio]) => ({ name: `${policy}, ${name}`, points: shares.map((share, i) => [i, 100 * ratio(trace, KEYS * share)]) }))
  })
  return {
    title: 'Hit ratio by the room for entries', xLabel: 'room, of the objects that clients ask for', yLabel: 'hits, %', logarithmic: false, lines,
    xTicks: shares.map((share, i) => ({ at: i, text: `${share * 100} %` })),
  }
}
