// Values that a definition leaves to the time and the place of the run.
import type { Line, RequestDefinition } from './definitions.js'

const DATES = new Set(['date', 'expires', 'last-modified', 'if-modified-since', 'if-unmodified-since'])
const LOCATIONS = new Set(['location', 'content-location'])
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A field's value: a number is a time relative to `nowMs`, a location is below `base` where the definition says so. */
export function resolvedValue([name, value]: Line, request: RequestDefinition, nowMs: number, base: string): string {
  const lower = name.toLowerCase()
  if (typeof value === 'number' && DATES.has(lower)) return httpDate(nowMs + value * 1000, request.rfc850date?.includes(lower) ?? false)
  if (LOCATIONS.has(lower) && request.magic_locations) return value === '' ? base : `${base}/${value}`
  return String(value)
}

function httpDate(ms: number, rfc850: boolean): string {
  const date = new Date(ms)
  const text = date.toUTCString()
  if (!rfc850) return text
  const [, day, month, year, time] = text.split(' ')
  return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year!.slice(2)} ${time} GMT`
}
