// Runs worker processes that share the ports: starts them, replaces what ends, passes signals on.
import { randomBytes } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { currentRuntime } from './runtime.js'
import { onStopSignals } from './signals.js'
import { afterEnding, type Ending, endingText, hasFailed } from './supervise.js'
import { Together } from './together.js'
import { RELOADED, STOPPING } from './usage.js'
import { wholeLines } from './whole-lines.js'
import { workerStarter } from './worker-process.js'
import { type Order, type Report, WORKER, WORKER_PORTS, WORKER_TICKETS } from './worker-talk.js'

/** A worker, and those before it in its place. */
interface Place {
  readonly number: number
  process: ChildProcess | undefined
  startedAtMs: number
  crashes: number
  listens: boolean
  /** Whether the file is to be read again once it listens: it may have read it before it changed. */
  reloadLater: boolean
}

/** Serves by `count` processes until stopped. Gives whether all went well. */
export async function runWorkers(count: number): Promise<boolean> {
  const { name } = await currentRuntime()
  return new Promise((resolve) => new Workers(count, workerStarter(name), resolve).start())
}

class Workers {
  readonly #places: Place[]
  readonly #startProcess: (environment: Readonly<Record<string, string>>) => ChildProcess
  readonly #done: (well: boolean) => void
  readonly #together = new Together<Place>((place, id, command) => this.#order(place, { kind: 'perform', id, command }))
  readonly #delayed = new Set<NodeJS.Timeout>()
  #ports: readonly number[] | undefined
  #told: NodeJS.WriteStream = process.stdout
  #announced = false
  readonly #ticketSecret = randomBytes(32).toString('hex')
  #stopping = false
  #failed = false
  /** The reload under way: who has not answered, and what the others said. */
  #reload: { readonly awaited: Set<Place>; readonly faults: Set<string> } | undefined

  constructor(count: number, startProcess: (environment: Readonly<Record<string, string>>) => ChildProcess, done: (well: boolean) => void) {
    this.#places = Array.from({ length: count }, (_, i) => ({ number: i + 1, process: undefined, startedAtMs: 0, crashes: 0, listens: false, reloadLater: false }))
    this.#startProcess = startProcess
    this.#done = done
    process.stdout.setMaxListeners(process.stdout.getMaxListeners() + count)
  }

  /** The first worker finds the ports, the others join it. */
  start(): void {
    onStopSignals(() => this.#stop(), () => this.#kill())
    process.on('SIGHUP', () => this.#reloadAll())
    process.on('SIGUSR2', () => this.#places.forEach((place) => this.#order(place, 'reopen-log')))
    this.#begin(this.#places[0]!)
  }

  #begin(place: Place): void {
    const worker = this.#startProcess({ [WORKER]: String(place.number), [WORKER_TICKETS]: this.#ticketSecret, ...(this.#ports && { [WORKER_PORTS]: this.#ports.join(',') }) })
    Object.assign(place, { process: worker, startedAtMs: performance.now(), listens: false, reloadLater: false })
    worker.on('message', (report) => this.#heard(place, report as Report))
    // Not "exit": what it has written last comes before this.
    worker.once('close', (code, signal) => this.#ended(place, { code, signal, livedMs: performance.now() - place.startedAtMs, crashes: place.crashes }))
    // A worker that ended may be written to before that is known.
    worker.on('error', (error) => process.stderr.write(`fetchgate: worker ${place.number}: ${error.message}\n`))
    worker.stdout!.pipe(wholeLines()).pipe(process.stdout, { end: false })
  }

  #heard(place: Place, report: Report): void {
    if (report.kind === 'reloaded') return this.#reloaded(place, report.fault)
    if (report.kind === 'performed') return this.#together.answered(place, report.id, report.result)
    if (report.kind === 'ask') {
      const { id, command } = report
      return void this.#together.ask(command, this.#places.filter(({ listens }) => listens)).then((results) => this.#order(place, { kind: 'asked', id, results }))
    }
    place.listens = true
    if (place.reloadLater) this.#order(place, 'reload')
    if (!this.#ports) {
      this.#ports = report.ports
      this.#told = process[report.told]
      for (const other of this.#places.slice(1)) this.#begin(other)
    }
    if (this.#announced || !this.#places.every(({ listens }) => listens)) return
    this.#announced = true
    this.#told.write(report.banner)
  }

  #ended(place: Place, ending: Ending): void {
    this.#reloaded(place, undefined)
    this.#together.ended(place)
    place.process = undefined
    place.listens = false
    const left = this.#places.filter((each) => each.process).length
    const next = afterEnding(ending, { stopping: this.#stopping, everListened: this.#ports !== undefined, left })
    if (this.#stopping && hasFailed(ending)) this.#failed = true
    if (next.kind === 'end') this.#done(!this.#failed && !next.failed)
    if (next.kind !== 'replace') return
    process.stderr.write(`fetchgate: ${endingText(place.number, ending, next.afterMs)}\n`)
    place.crashes = next.crashes
    const timer = setTimeout(() => {
      this.#delayed.delete(timer)
      this.#begin(place)
    }, next.afterMs)
    this.#delayed.add(timer)
  }

  #order(place: Place, order: Order): void {
    if (place.process?.connected) place.process.send(order)
  }

  #reloadAll(): void {
    this.#reload = { awaited: new Set(this.#places.filter(({ listens }) => listens)), faults: new Set() }
    for (const place of this.#places) {
      if (place.listens) this.#order(place, 'reload')
      else place.reloadLater = true
    }
  }

  /** Told once for all workers, and each fault once. */
  #reloaded(place: Place, fault: string | undefined): void {
    const reload = this.#reload
    if (fault !== undefined && !reload?.faults.has(fault)) process.stderr.write(`fetchgate: not reloaded: ${fault}\n`)
    if (!reload) return
    if (fault !== undefined) reload.faults.add(fault)
    reload.awaited.delete(place)
    if (reload.awaited.size > 0) return
    this.#reload = undefined
    if (reload.faults.size === 0) this.#told.write(RELOADED)
  }

  #stop(): void {
    this.#stopping = true
    for (const timer of this.#delayed) clearTimeout(timer)
    const running = this.#places.filter((place) => place.process)
    if (running.length === 0) return this.#done(true)
    if (this.#announced) this.#told.write(STOPPING)
    for (const place of running) this.#signal(place, 'SIGTERM')
  }

  #kill(): void {
    for (const place of this.#places) this.#signal(place, 'SIGKILL')
  }

  #signal({ process: worker }: Place, signal: NodeJS.Signals): void {
    if (worker?.pid === undefined) return
    try {
      // Not by the worker's own method: Deno takes a signal that was sent for what has ended it.
      process.kill(worker.pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
}
