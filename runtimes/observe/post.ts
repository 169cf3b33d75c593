// Posts JSON to a collector.

const TIMEOUT_MS = 10_000

/** Rejects unless it was taken. */
export async function postJson(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answered ${response.status}`)
}
