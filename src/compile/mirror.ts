// From the settings of a mirror to what sends copies there.
import type { RouteConfig } from '../config/schema.js'
import { withCopy } from '../forward/mirror/stage.js'
import type { Mirror, UpstreamPlan } from '../plan.js'

/** The mirror of a route whose references were checked. */
export function compileMirror({ upstream, percent = 100 }: NonNullable<RouteConfig['mirror']>, upstreams: ReadonlyMap<string, UpstreamPlan>): Mirror {
  return { upstream: upstreams.get(upstream)!, percent, load: { active: 0 }, copy: withCopy }
}
