// Runs the gateway of this checkout in virtual time: npm run simulate -- SCENARIO
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('command.ts', import.meta.url))], bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20' })
await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
