// What this process takes of the machine, by the names of OpenTelemetry.
import { readdirSync } from 'node:fs'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Family } from '../../src/observe/index.js'

/** How often the delay of the event loop is looked at. */
const RESOLUTION_MS = 20

export class ProcessMeter {
  readonly #delay: IntervalHistogram | undefined

  constructor() {
    this.#delay = eventLoopDelay()
  }

  families(): Family[] {
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const files = openFiles()
    return [
      gauge('process.memory.usage', 'By', 'Physical memory in use.', rss),
      gauge('process.runtime.heap.used', 'By', 'Memory in use on the JavaScript heap.', heapUsed),
      { name: 'process.cpu.time', kind: 'counter', unit: 's', together: 'sum', help: 'Processor time.', points: [{ attributes: { 'cpu.mode': 'user' }, value: user / 1e6 }, { attributes: { 'cpu.mode': 'system' }, value: system / 1e6 }] },
      { ...gauge('process.uptime', 's', 'Time since the start; of several processes that of the youngest.', process.uptime()), together: 'min' },
      ...(files === undefined ? [] : [gauge('process.open_file_descriptor.count', '', 'Files and sockets that are open.', files)]),
      ...this.#delays(),
    ]
  }

  /** Since the last time that somebody asked; of several processes the worst. */
  #delays(): Family[] {
    const delay = this.#delay
    if (!delay || delay.count === 0) return []
    const values = [['p50', delay.percentile(50)], ['p99', delay.percentile(99)], ['max', delay.max]] as const
    delay.reset()
    // What is measured is the time between two looks.
    return values.map(([name, ns]) => ({ ...gauge(`nodejs.eventloop.delay.${name}`, 's', `Delay of the event loop since the last look, ${name}.`, Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000)), together: 'max' }))
  }
}

function eventLoopDelay(): IntervalHistogram | undefined {
  try {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delay.enable()
    return delay
  } catch {
    // Not every runtime has it.
    return undefined
  }
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    // Only Linux tells.
    return undefined
  }
}

function gauge(name: string, unit: Family['unit'], help: string, value: number): Family {
  return { name, kind: 'gauge', unit, together: 'sum', help, points: [{ attributes: {}, value }] }
}
