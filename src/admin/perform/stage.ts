// Does in this process what an operator wants done.
import type { CheckedConfig } from '../../config/schema.js'
import type { Issue } from '../../config/issue.js'
import type { Gateway } from '../../gateway.js'
import type { Family } from '../../observe/metrics/family.js'
import type { PoolOperator } from '../../operator.js'
import type { AdminCommand, AdminResult, LogLevel } from '../command.js'
import { snapshotOf } from '../snapshot.js'

/** What a process can do for its operators. */
export interface Process {
  readonly gateway: Gateway
  /** The configuration in force, and what else the snapshot is to tell. */
  readonly config: () => CheckedConfig
  readonly about: Readonly<Record<string, unknown>>
  readonly families: () => readonly Family[]
  /** Reads the configuration again and puts it in force. Gives what is wrong with it; nothing has changed then. Absent where there is nothing to read. */
  readonly reload: (() => Promise<readonly Issue[]>) | undefined
  readonly setLogLevel: ((level: LogLevel) => void) | undefined
}

export async function perform(command: AdminCommand, process: Process): Promise<AdminResult> {
  const { pools } = process.gateway.inspect()
  switch (command.kind) {
    case 'metrics':
      return { kind: 'metrics', families: process.families() }
    case 'upstreams':
      return { kind: 'upstreams', pools: [...pools].flatMap(([name, { operator }]) => (operator ? [{ name, ...operator.state() }] : [])) }
    case 'snapshot':
      return { kind: 'snapshot', snapshot: { ...process.about, ...snapshotOf(process.config()) } }
    case 'drain':
      return set(pools.get(command.upstream)?.operator, command, (operator) => operator.drain(command.target, command.draining))
    case 'weigh':
      return set(pools.get(command.upstream)?.operator, command, (operator) => operator.weigh(command.target, command.weight ?? undefined))
    case 'purge':
      return purge(command, process)
    case 'reload':
      return reload(process)
    case 'log-level':
      if (!process.setLogLevel) return { kind: 'refused', detail: 'This program writes no such log.' }
      process.setLogLevel(command.level)
      return { kind: 'done' }
  }
}

function set(operator: PoolOperator | undefined, { upstream, target }: Extract<AdminCommand, { kind: 'drain' | 'weigh' }>, change: (operator: PoolOperator) => boolean): AdminResult {
  if (!operator) return { kind: 'unknown', what: `There is no upstream "${upstream}".` }
  return change(operator) ? { kind: 'done' } : { kind: 'unknown', what: `The upstream "${upstream}" has no target "${target}".` }
}

async function purge({ purge: what }: Extract<AdminCommand, { kind: 'purge' }>, { gateway }: Process): Promise<AdminResult> {
  try {
    return (await gateway.purge(what)) ? { kind: 'done' } : { kind: 'not-kept' }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { kind: 'refused', detail: error.message }
  }
}

async function reload({ reload: again }: Process): Promise<AdminResult> {
  if (!again) return { kind: 'refused', detail: 'This program has no file to read.' }
  const issues = await again()
  return issues.length === 0 ? { kind: 'done' } : { kind: 'refused', detail: 'The configuration has faults; what was in force still is.', issues }
}
