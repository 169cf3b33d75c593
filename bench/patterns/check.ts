// Which expressions of a rule set are quick on any input: writes src/waf/patterns/checked-hashes.ts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { patternHash } from '../../src/waf/patterns/hash.js'
import { parsePattern } from '../../src/waf/patterns/parse.js'
import { parseRules } from '../../src/waf/seclang/parse.js'
import { seeded } from '../simulate/chance.js'
import { worstTimeMs } from './slowness.js'

/** An expression slower than this at its longest text is matched in linear time instead. */
const ENOUGH_MS = 1.5

export function checkPatterns(folder: string, output: string): void {
  const sources = patternsOf(folder)
  const quick: string[] = []
  for (const [source, ids] of sources) {
    const worst = worstTimeMs(parsePattern(source), seeded(Number.parseInt(patternHash(source).slice(0, 8), 16)), ENOUGH_MS)
    if (worst.ms <= ENOUGH_MS) quick.push(patternHash(source))
    else console.log(`${ids.join(' ')}: ${worst.ms.toFixed(1)} ms on ${JSON.stringify(worst.text)}`)
  }
  console.log(`${quick.length} of ${sources.size} expressions are quick on every input`)
  const lines = quick.sort().join(' ').match(/.{1,151}(?: |$)/g) ?? []
  writeFileSync(output, `// Made by \`npm run check:patterns\`: hashes of the expressions that were quick on every input tried, and so may go to the platform's engine.\nexport const CHECKED_HASHES = \`\n${lines.map((line) => line.trim()).join('\n')}\n\`\n`)
}

function patternsOf(folder: string): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.conf'))) {
    for (const directive of parseRules({ name, text: readFileSync(join(folder, name), 'latin1') }, [])) {
      if (directive.kind === 'rule' && directive.comparison.name === 'rx') {
        const { argument } = directive.comparison
        found.set(argument, [...(found.get(argument) ?? []), ...directive.actions.filter((action) => action.name === 'id').map((action) => Number(action.value))])
      }
      if (directive.kind === 'rule' || directive.kind === 'retarget') {
        for (const { keyPattern } of directive.targets) if (keyPattern !== undefined) found.set(`(?i)${keyPattern}`, [])
      }
    }
  }
  return found
}
