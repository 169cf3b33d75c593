// From the settings of tags, hints and compression to what the answers of a route go through, in this order.
import type { CheckedConfig, RouteConfig } from '../config/schema.js'
import type { Issue } from '../config/issue.js'
import { Content } from '../content.js'
import { Validation } from '../content/stage.js'
import { Hints } from '../hints/stage.js'
import type { Fields } from '../http/fields.js'
import type { IncludePolicy } from '../includes/decision.js'
import { type Ask, type Budget, Includes } from '../includes/stage.js'
import type { Ports } from '../ports.js'
import { compileText } from '../variables.js'
import { compileCompress } from './compress.js'

const DEFAULT_TAG_BYTES = 256 * 1024

/** Gives what becomes of a route's answers last; undefined where that is nothing. */
export function compileContent(config: CheckedConfig, ports: Pick<Ports, 'compressors' | 'observe'>, issues: Issue[], ask: Ask): (route: RouteConfig, index: number) => Content | undefined {
  const budgets = new WeakMap<Fields, Budget>()
  const compressionOf = compileCompress(config.compress, ports, issues)
  return (route, index) => {
    const tagBytes = tagBytesOf(route.etag ?? config.etag)
    const hints = hintsOf(route.earlyHints ?? config.earlyHints)
    // Pages are made first. Hints are learnt from the whole answer, and a tag is that of the bytes before they are compressed.
    const includes = route.esi === undefined || route.esi === false ? undefined : new Includes(includePolicy(route.esi === true ? {} : route.esi), ask, budgets, ports.observe)
    const steps = [includes, hints, tagBytes === undefined ? undefined : new Validation(tagBytes), compressionOf(route, index)].filter((step): step is NonNullable<typeof step> => step !== undefined)
    return steps.length > 0 ? new Content(steps, hints) : undefined
  }
}

/** Largest body that gets a tag; undefined for none. */
export function tagBytesOf(etag: RouteConfig['etag'] = false): number | undefined {
  return etag === false ? undefined : etag === true ? DEFAULT_TAG_BYTES : (etag.maxSize ?? DEFAULT_TAG_BYTES)
}

function hintsOf(settings: RouteConfig['earlyHints'] = false): Hints | undefined {
  if (settings === false) return undefined
  const { learn = true, links = [] } = settings === true ? {} : settings
  return new Hints(links, learn)
}

function includePolicy({ when = 'html', maxIncludes = 64, maxDepth = 3, maxSize = 16 * 1024 ** 2, cacheControl = 'private, no-cache' }: Exclude<NonNullable<RouteConfig['esi']>, boolean>): IncludePolicy {
  return { isAskedFor: when === 'surrogate-control', maxIncludes, maxDepth, maxBytes: maxSize, cacheControl: compileText(cacheControl) }
}
