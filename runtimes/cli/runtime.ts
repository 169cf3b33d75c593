// The runtime this process is, with its `start`.
import type { Start } from '../shared/adapter.js'

export interface Runtime {
  readonly name: 'Node' | 'Bun' | 'Deno'
  readonly start: Start
}

/** Finds the runtime by the global it is known by; Bun and Deno both claim to be Node as well. */
export async function currentRuntime(): Promise<Runtime> {
  if ('Bun' in globalThis) return { name: 'Bun', start: (await import('../bun/index.js')).start }
  if ('Deno' in globalThis) return { name: 'Deno', start: (await import('../deno/index.js')).start }
  return { name: 'Node', start: (await import('../node/index.js')).start }
}
