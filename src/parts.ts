// What a gateway can be made of beyond its core, so that a bundle carries only what its configuration uses.
import type { Pool } from './balancer.js'
import type { CacheCompiler } from './compile/cache.js'
import type { compileContent } from './compile/content.js'
import type { compileFiles } from './compile/files.js'
import type { compileMirror } from './compile/mirror.js'
import type { compileSplit } from './compile/split.js'
import type { Issue } from './config/issue.js'
import type { CheckedConfig, UpstreamConfig } from './config/schema.js'
import type { FilterPart } from './filter/compile.js'
import type { Hedging } from './forward/hedge/hedging.js'
import type { Ports } from './ports.js'

/** Builders by what they build. What is absent cannot be configured. */
export interface Parts {
  /** Pools of upstreams. */
  readonly pool: PoolPart
  /** Caches of routes. What is stored in those of `previous`, before a reload, stays. */
  readonly caches?: (config: CheckedConfig, ports: Ports, issues: Issue[], previous: CacheCompiler | undefined) => CacheCompiler
  /** Filters of requests. */
  readonly filters?: FilterPart
  /** Second attempts beside slow ones. */
  readonly hedging?: Hedging
  /** Copies of requests to another upstream. */
  readonly mirror?: typeof compileMirror
  /** What becomes of answers last of all: tags, conditions, compression; and early hints before them. */
  readonly content?: typeof compileContent
  /** Routes that serve files. */
  readonly files?: typeof compileFiles
  /** Routes whose traffic is divided among upstreams. */
  readonly split?: typeof compileSplit
}

/** What the pools of one gateway share. */
export interface PoolWorld {
  readonly ports: Ports
  /** The gateway's own zone. */
  readonly zone: string | undefined
}

/** Builds pools of one kind. */
export interface PoolPart {
  /** What is known of targets in `previous`, the same upstream before a reload, stays known. */
  readonly compile: (name: string, config: UpstreamConfig, world: PoolWorld, previous: Pool | undefined) => Pool
  /** What the settings ask for that such a pool, or this runtime, has not. */
  readonly issues: (name: string, config: UpstreamConfig, world: PoolWorld) => readonly Issue[]
}
