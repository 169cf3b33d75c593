// Follows a source of targets: each good list replaces the one before, and a bad one or none changes nothing.
import type { DnsRecord, Ports } from '../../ports.js'
import type { TargetSettings } from '../target.js'
import { parseTargets, parseTargetText } from './list.js'
import { type RecordSettings, targetsOf } from './records.js'

/** Where a pool's targets come from. */
export type Source =
  | { readonly kind: 'dns'; readonly records: RecordSettings; readonly type: 'A' | 'AAAA' | 'SRV'; readonly refreshMs: number }
  | { readonly kind: 'list'; readonly url: string; readonly refreshMs: number }
  | { readonly kind: 'custom'; readonly lists: (signal: AbortSignal) => AsyncIterable<unknown>; readonly refreshMs: number }

type Effects = Pick<Ports, 'clock' | 'resolve' | 'read'>

/** Who is told. */
export interface Follower {
  accept(targets: readonly TargetSettings[]): void
  /** The source failed, or gave no list; what was accepted last stays. */
  failed(reason: string): void
}

/** Follows the source until the signal is aborted. Never rejects. */
export async function follow(source: Source, follower: Follower, effects: Effects, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let waitMs = source.refreshMs
    try {
      for await (const { targets, forMs } of listsOf(source, effects, signal)) {
        if (signal.aborted) return
        if (typeof targets === 'string') follower.failed(targets)
        else follower.accept(targets)
        waitMs = forMs
      }
    } catch (error) {
      if (!signal.aborted) follower.failed(String(error))
    }
    await effects.clock.sleep(waitMs, signal)
  }
}

/** A list, or what is wrong with it, and for how long it holds. */
interface Listed {
  readonly targets: readonly TargetSettings[] | string
  readonly forMs: number
}

async function* listsOf(source: Source, { resolve, read }: Effects, signal: AbortSignal): AsyncGenerator<Listed> {
  const { refreshMs } = source
  switch (source.kind) {
    case 'dns': {
      const { records, ttlMs } = await resolve!(source.records.name, source.type, signal)
      yield { targets: nonEmpty(records, source.records), forMs: Math.min(refreshMs, Math.max(MIN_REFRESH_MS, ttlMs)) }
      break
    }
    case 'list':
      yield { targets: parseTargetText(await read!(source.url, signal)), forMs: refreshMs }
      break
    case 'custom':
      for await (const list of source.lists(signal)) yield { targets: parseTargets(list), forMs: refreshMs }
  }
}

const MIN_REFRESH_MS = 1000

/** A name without records is more likely a resolver at fault than a service without servers. */
function nonEmpty(records: readonly DnsRecord[], settings: RecordSettings): readonly TargetSettings[] | string {
  return records.length === 0 ? `${settings.name} has no records` : targetsOf(records, settings)
}
