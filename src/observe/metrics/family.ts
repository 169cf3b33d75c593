// What was measured, as plain values: they go over the wire between processes, into a page of text and into OTLP.

/** One measured value, or one distribution, and what it is of. */
export interface Point {
  readonly attributes: Readonly<Record<string, string>>
  /** Of a histogram the sum of all that was seen. */
  readonly value: number
  /** Of a histogram: how many fell at or below each bound and above the one before; the last are those above all. */
  readonly counts?: readonly number[]
}

/** All values of one name. Names and attributes are OpenTelemetry's where it has any. */
export interface Family {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** By UCUM: `s`, `By`; empty for what is counted. */
  readonly unit: 's' | 'By' | ''
  readonly help: string
  /** What several processes come to. */
  readonly together: 'sum' | 'min' | 'max'
  /** Upper bounds of a histogram, in its unit. */
  readonly bounds?: readonly number[]
  readonly points: readonly Point[]
}

/** The families of several processes as one. */
export function mergeFamilies(processes: readonly (readonly Family[])[]): Family[] {
  const merged = new Map<string, { readonly family: Family; readonly points: Map<string, Point> }>()
  for (const family of processes.flat()) {
    const known = merged.get(family.name) ?? { family, points: new Map<string, Point>() }
    merged.set(family.name, known)
    for (const point of family.points) {
      const key = JSON.stringify(Object.entries(point.attributes).sort())
      const before = known.points.get(key)
      known.points.set(key, before ? joined(before, point, family.together) : point)
    }
  }
  return [...merged.values()].map(({ family, points }) => ({ ...family, points: [...points.values()] }))
}

/** What is left of a process that has ended: what it counted stays counted, or sums would fall, which looks like a restart of all. */
export function countedFamilies(families: readonly Family[]): Family[] {
  return families.filter(({ kind, together }) => kind !== 'gauge' && together === 'sum')
}

function joined(a: Point, b: Point, together: Family['together']): Point {
  const value = together === 'sum' ? a.value + b.value : Math[together](a.value, b.value)
  return { attributes: a.attributes, value, ...(a.counts && { counts: a.counts.map((count, i) => count + (b.counts?.[i] ?? 0)) }) }
}
