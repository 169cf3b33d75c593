// The listeners of a configuration, each with its place in it.
import type { CheckedConfig, ListenConfig } from '../../src/index.js'

/** The settings of a listener, and where they stand, as in `listen[1]`. */
export interface PlacedListener {
  readonly settings: ListenConfig
  readonly path: string
}

/** All of them; without any, the default one. */
export function listenersOf({ listen = {} }: CheckedConfig): PlacedListener[] {
  return Array.isArray(listen) ? listen.map((settings: ListenConfig, i) => ({ settings, path: `listen[${i}]` })) : [{ settings: listen, path: 'listen' }]
}
