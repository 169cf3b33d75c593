// A configuration fault, and all of them as an error.

/** One fault. */
export interface Issue {
  /** Where, as in `routes[0].upstream`; empty for the configuration as a whole. */
  readonly path: string
  /** What is wrong and, where that is known, what to write instead. */
  readonly message: string
  /** The value found there; undefined when the setting is missing. */
  readonly value: unknown
}

/** Every fault of a configuration in one error. Thrown by `createGateway`; `issues` has them as data. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(`the configuration has ${issues.length === 1 ? 'a fault' : `${issues.length} faults`}\n${issues.map((issue) => `  ${formatIssue(issue)}`).join('\n')}`)
    this.issues = issues
  }
}

/** An issue as one line: `routes[0].upstrem: unknown setting, did you mean "upstream"?` */
export function formatIssue({ path, message }: Issue): string {
  return path === '' ? message : `${path}: ${message}`
}

/** A place in a configuration as it would be written in code: `routes[0].headers["a b"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`
    if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
    return path === '' ? key : `${path}.${key}`
  }, '')
}

/** The fault of a setting whose part the gateway was opened without. */
export function absentPart(keys: readonly (string | number)[], value: unknown): Issue {
  return { path: formatPath(keys), value, message: 'is no part of this bundle; use createGateway, or give the part to openGateway' }
}
