// What is wrong with the folders that routes serve, told without opening a gateway.
import type { CheckedConfig, Issue } from '../../src/index.js'
import { rootFault } from './folder.js'

/** The faults that `start` would tell of. */
export function rootIssues({ routes }: CheckedConfig): Issue[] {
  return routes.flatMap(({ files }, i) => {
    if (files === undefined) return []
    const root = typeof files === 'string' ? files : files.root
    const fault = rootFault(root)
    return fault === undefined ? [] : [{ path: typeof files === 'string' ? `routes[${i}].files` : `routes[${i}].files.root`, value: root, message: `"${root}" ${fault}` }]
  })
}
