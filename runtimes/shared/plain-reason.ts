// Which reason phrases of servers are passed on: those that every listener writes as they came.

/** The phrase, or undefined for one with control characters or bytes above ASCII: some listeners refuse those, others change them. */
export function plainReason(phrase: string | undefined): string | undefined {
  return phrase !== undefined && /^[\t\x20-\x7e]*$/.test(phrase) ? phrase : undefined
}
