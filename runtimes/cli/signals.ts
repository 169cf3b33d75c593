// The signals that end a process.

/** Calls `stop` at the first SIGTERM or SIGINT. At a second one `hurry` is called, and the process ends at once. */
export function onStopSignals(stop: () => void, hurry: () => void): void {
  let asked = false
  const onSignal = (): void => {
    if (asked) {
      hurry()
      process.exit(1)
    }
    asked = true
    stop()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
