import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: [process.env['CI'] ? 'verbose' : 'default', 'json'],
    outputFile: { json: 'node_modules/.cache/fetchgate/test-results.json' },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/package/**/*.test.ts'] } },
      {
        test: {
          name: 'processes',
          include: ['test/runtimes/**/*.test.ts', 'test/cli/**/*.test.ts', 'test/examples/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Two files at a time, however many cores there are: much of a case is waiting, and more would starve its timers.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
