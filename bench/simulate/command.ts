// The command: runs a scenario under each of its settings, prints what came of it, and draws it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { svgOf } from '../chart.js'
import { chartOf, type Result, rowsOf, tableOf } from './report.js'
import { type PolicyName, SCENARIOS } from './scenarios.js'
import { simulate } from './simulation.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { policy: { type: 'string', multiple: true }, seed: { type: 'string', default: '1' }, targets: { type: 'string' }, svg: { type: 'string' } },
})
const scenario = SCENARIOS[positionals[0] ?? '']
if (!scenario) {
  console.error(`usage: npm run simulate -- SCENARIO [--policy NAME]… [--seed N] [--targets N] [--svg FILE]\n`)
  for (const [name, { title }] of Object.entries(SCENARIOS)) console.error(`  ${name.padEnd(16)} ${title}`)
  process.exit(2)
}

const targets = Number(values.targets ?? scenario.targets)
const results: Result[] = []
for (const variant of scenario.variants(values.policy as PolicyName[] | undefined)) {
  results.push({ variant, measures: await simulate({ ...scenario.setup(targets), upstream: variant.upstream }, Number(values.seed)) })
}
console.log(`${scenario.title}: ${targets} targets, seed ${values.seed}\n${scenario.story}\n`)
console.log(tableOf(rowsOf(results, scenario)))
if (values.svg) writeFileSync(values.svg, svgOf(chartOf(scenario, results)))
