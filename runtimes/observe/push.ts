// Sends metrics to a collector of OpenTelemetry, again and again.
import { type Family, otlpMetrics, type OtlpResource } from '../../src/observe/index.js'
import { postJson } from './post.js'

export interface Pushed {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly interval?: number | undefined
  readonly resource: OtlpResource
  readonly startedMs: number
  readonly families: () => Promise<readonly Family[]>
}

const DEFAULT_INTERVAL_MS = 60_000

/** Sends until the signal is aborted, and what has come by then. What fails is told once, and sent with what follows: counts go on. */
export function pushing({ url, headers = {}, interval = DEFAULT_INTERVAL_MS, resource, startedMs, families }: Pushed, until: AbortSignal): void {
  let failing = false
  let under: Promise<void> | undefined
  const push = async (): Promise<void> => {
    try {
      await postJson(signalUrl(url, '/v1/metrics'), headers, JSON.stringify(otlpMetrics(await families(), resource, { startedMs, nowMs: Date.now() })))
      failing = false
    } catch (error) {
      if (!failing) process.emitWarning(`metrics could not be sent to ${new URL(url).origin}: ${(error as Error).message}`)
      failing = true
    }
  }
  const timer = setInterval(() => {
    // A collector that is slow is not asked twice at a time.
    under ??= push().finally(() => (under = undefined))
  }, interval)
  timer.unref()
  until.addEventListener('abort', () => {
    clearInterval(timer)
    void push()
  }, { once: true })
}

/** A URL without a path is that of a collector, which takes each signal on its own. */
export function signalUrl(url: string, path: string): string {
  const parsed = new URL(url)
  if (parsed.pathname === '/') parsed.pathname = path
  return parsed.href
}
