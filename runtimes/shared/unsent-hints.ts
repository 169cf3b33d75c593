// Early hints that are asked for where no listener can send them.
import type { CheckedConfig, Issue, ListenConfig } from '../../src/index.js'
import { listenersOf } from './listeners.js'

/** An issue for each listener that sends no interim answers, where a route is to be hinted at. */
export function unsentHints(config: CheckedConfig, informs: (settings: ListenConfig) => boolean): Issue[] {
  if (!config.routes.some(({ earlyHints = config.earlyHints ?? false }) => earlyHints !== false)) return []
  return listenersOf(config).flatMap(({ settings, path }) => (informs(settings) ? [] : [{ path: `${path}.adapter`, value: settings.adapter ?? 'native', message: 'sends no early hints; write "strict", or leave "earlyHints" out' }]))
}
