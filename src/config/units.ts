// Durations and sizes as an operator writes them.

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** `"250ms"`, `"5s"`, `"1m"`, `"1h"`, `"1d"` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  return scaled(text, /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, DURATION_MS)
}

/** `"512B"`, `"64KiB"`, `"4MiB"`, `"1GiB"` in bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  return scaled(text, /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/, SIZE_BYTES)
}

function scaled(text: string, grammar: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const match = grammar.exec(text)
  return match ? Math.round(Number(match[1]) * units[match[2]!]!) : undefined
}
