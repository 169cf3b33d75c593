// The version of this package, as whoever watches several gateways wants to know it.
import { readFileSync } from 'node:fs'

export function ownVersion(): string {
  try {
    return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
  } catch {
    // Part of somebody's bundle, without the package around it.
    return 'unknown'
  }
}
