// From the settings of a route's files to what serves them.
import { formatPath, type Issue } from '../config/issue.js'
import type { RouteConfig } from '../config/schema.js'
import { Files } from '../files/stage.js'
import { rewriteTarget, type Rewrite } from '../forward/rewrite.js'
import { canonicalPath, canonicalTarget } from '../http/target.js'
import type { Coding, Ports } from '../ports.js'
import { compileText } from '../variables.js'

const INDEX = ['index.html']

/** Best first: the smaller file of what precompressing makes. */
const CODINGS: readonly Coding[] = ['br', 'zstd', 'gzip']

/** Gives the files of each route; undefined for one that has none. What there is no folder for is an issue. */
export function compileFiles({ openFolder, clock }: Pick<Ports, 'openFolder' | 'clock'>, issues: Issue[]): (route: RouteConfig, index: number, rewrite: Rewrite) => Files | undefined {
  return ({ files, upstream, redirect, respond }, index, rewrite) => {
    if (files === undefined) return undefined
    const { root, index: indexes = INDEX, extensions = [], fallback, notFound, precompressed = false, cacheControl, hidden = false } = typeof files === 'string' ? { root: files } : files
    const issue = (message: string): undefined => void issues.push({ path: formatPath(['routes', index, 'files', ...(typeof files === 'string' ? [] : ['root'])]), value: root, message })
    if (!openFolder) return issue('there are no files on this platform; give the port "openFolder", as bundledFiles makes it of a manifest')
    const folder = openFolder(root)
    if ('fault' in folder) return issue(`"${root}" ${folder.fault}`)
    return new Files(folder, {
      locate: ({ target, params }) => {
        const rewritten = rewriteTarget(canonicalTarget(target), params, rewrite)
        return rewritten === undefined ? undefined : canonicalPath(rewritten.split('?', 1)[0]!)
      },
      index: indexes === false ? [] : indexes,
      extensions,
      codings: precompressed === true ? CODINGS : precompressed === false ? [] : [...new Set(precompressed)],
      fallback,
      notFound,
      cacheControl: cacheControl === undefined ? undefined : compileText(cacheControl),
      servesHidden: hidden,
      isLast: upstream === undefined && redirect === undefined && respond === undefined,
    }, clock)
  }
}
