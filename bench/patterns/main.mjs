// Finds the expressions of a rule set that are quick on any input: npm run check:patterns -- FOLDER
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = process.argv[2]
if (!folder) {
  console.error('check-patterns: name the folder of the rules, such as coreruleset/rules')
  process.exit(2)
}
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { outputFiles } = await build({ entryPoints: [here('check.ts')], bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20' })
const { checkPatterns } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
checkPatterns(folder, here('../../src/waf/patterns/checked-hashes.ts'))
