// Run by each runtime, bundled: prints what came of all tests.
import { evaluateAll } from './evaluate-all.js'

console.log(JSON.stringify(evaluateAll(process.argv[2]!)))
