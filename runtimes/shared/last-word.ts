// The first second of a stop: clients that keep a connection learn with their next answer that it was the last.

/** Long enough for whoever is busy; a client that asks more rarely hardly ever asks at the very moment of the end. */
const LAST_WORD_MS = 1000
const LOOK_EVERY_MS = 50

/**
 * Resolves once nobody is connected, or the time is up. Closing idle connections at once would cross the requests
 * that are on their way on some of them, and a load balancer would answer those with 502.
 */
export async function lastWord(withinMs: number, connections: () => number | Promise<number>): Promise<void> {
  const endMs = performance.now() + Math.min(LAST_WORD_MS, withinMs)
  while (performance.now() < endMs && (await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
