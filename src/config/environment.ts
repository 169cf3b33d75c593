// `${NAME}` in a configuration, read from an environment that is handed in.
import type { Issue } from './issue.js'

export type Expansion = { readonly value: unknown; readonly issues: readonly Issue[] }

/** Replaces every `${NAME}` in every text of a configuration. A name that is not set is an issue; `$${` stands for `${`. */
export function expandEnvironment(input: unknown, environment: Readonly<Record<string, string | undefined>>): Expansion {
  const issues: Issue[] = []
  const expand = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return expandText(value, path)
    if (Array.isArray(value)) return value.map((item, i) => expand(item, `${path}[${i}]`))
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, path === '' ? key : `${path}.${key}`)]))
  }
  const expandText = (text: string, path: string): string =>
    text.replace(/\$(\$\{)|\$\{(\w+)\}/g, (whole, escaped: string | undefined, name: string | undefined) => {
      if (escaped !== undefined) return escaped
      const found = Object.hasOwn(environment, name!) ? environment[name!] : undefined
      if (found === undefined) issues.push({ path, value: text, message: `the environment has no ${name!}` })
      return found ?? whole
    })
  return { value: expand(input, ''), issues }
}
