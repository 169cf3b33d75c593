// What a SecLang file says, directive by directive, before anything of it is put together.

/** Where something stands, for messages about it. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** One term of a rule's variables: `ARGS`, `&ARGS:x`, `!ARGS:/x/`. */
export interface Target {
  /** Upper case. */
  readonly variable: string
  /** The member looked at, in lower case; undefined for all of them. */
  readonly key: string | undefined
  /** The members looked at, as a regular expression; undefined when they are named. */
  readonly keyPattern: string | undefined
  /** `&`: how many there are is looked at, and not what they say. */
  readonly counted: boolean
  /** `!`: these are not looked at. */
  readonly excluded: boolean
}

/** The comparison of a rule: `!@rx ^a`. */
export interface Comparison {
  /** Without `@`, as it was written. */
  readonly name: string
  readonly negated: boolean
  readonly argument: string
}

/** One action: `t:lowercase`, `deny`. */
export interface Action {
  /** Lower case, but for nothing else changed. */
  readonly name: string
  readonly value: string | undefined
}

/** Which rules a directive is about. */
export type Selection =
  | { readonly by: 'id'; readonly ranges: readonly (readonly [from: number, to: number])[] }
  | { readonly by: 'tag' | 'msg'; readonly pattern: string }

export type Directive = { readonly place: Place } & (
  | { readonly kind: 'rule'; readonly targets: readonly Target[]; readonly comparison: Comparison; readonly actions: readonly Action[] }
  | { readonly kind: 'action'; readonly actions: readonly Action[] }
  | { readonly kind: 'defaults'; readonly actions: readonly Action[] }
  | { readonly kind: 'marker'; readonly name: string }
  | { readonly kind: 'remove'; readonly selection: Selection }
  | { readonly kind: 'retarget'; readonly selection: Selection; readonly targets: readonly Target[] }
  | { readonly kind: 'react'; readonly selection: Selection; readonly actions: readonly Action[] }
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
)
