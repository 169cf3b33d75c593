// The examples of tests are such themselves: they run here as they stand, and the page on filters shows them.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import '../../examples/testing/filter.test.js'
import '../../examples/testing/gateway.test.js'

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test.each(['examples/testing/filter.js', 'examples/testing/filter.test.js'])('docs/filters.md shows %s', (path) => {
  expect(textOf('docs/filters.md')).toContain(`\`\`\`js\n${textOf(path)}\`\`\``)
})
