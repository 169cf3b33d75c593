// `npm start`: three origins, the gateway in front of them, and a walk through what it does, made of real requests.
// Then it stays up for the browser; with --once (or DEMO_ONCE=1, or CI=true) it ends: 0 if every step showed what it says, else 1.
import { startControl } from './lib/control.mjs'
import { NAMES } from './lib/origins.mjs'
import { startGateway, startOrigin } from './lib/processes.mjs'
import { bold, dim, inColour, print, table } from './lib/terminal.mjs'
import { balancing } from './steps/balancing.mjs'
import { caching } from './steps/caching.mjs'
import { failover } from './steps/failover.mjs'
import { filtering } from './steps/filtering.mjs'
import { hiding } from './steps/hiding.mjs'

const once = process.argv.includes('--once') || process.env.DEMO_ONCE === '1' || process.env.CI === 'true'
const wantedPort = Number(process.env.PORT ?? 8080)
const running = []

async function start() {
  const origins = []
  for (const name of NAMES) {
    const origin = await startOrigin(name)
    running.push(origin)
    origins.push(origin)
  }
  const control = await startControl(origins)
  running.push(control)
  const environment = Object.fromEntries(origins.map(({ name, port }) => [name.toUpperCase(), `http://127.0.0.1:${port}`]))
  const gateway = await startGateway(wantedPort, { ...environment, CONTROL: control.url })
  running.push(gateway)
  return { origins, gateway }
}

function introduce({ origins, gateway }) {
  print('', bold('fetchgate: one gateway, three origins'), '')
  table(['process', 'pid', 'listens on'], [
    [bold('gateway'), String(gateway.pid), gateway.url],
    ...origins.map(({ name, port, pid }) => [inColour(name), String(pid), `http://127.0.0.1:${port}`]),
  ])
  print('', dim(`$ ${gateway.command}`))
  if (gateway.portWasTaken) print(`Port ${wantedPort} is taken, so the gateway took a free one.`)
}

async function walkThrough(world) {
  let shown = 0
  const steps = [balancing, caching, filtering, hiding, failover]
  for (const step of steps) if (await step(world)) shown++
  print('', shown === steps.length ? bold(`All ${steps.length} steps showed what they say.`) : bold(`${steps.length - shown} of ${steps.length} steps did not show what they say.`))
  return shown === steps.length
}

let stopping
/** Ends everything that was started, the gateway first. */
function stop() {
  return (stopping ??= (async () => {
    for (const one of running.toReversed()) await one.stop()
  })())
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    await stop()
    process.exit(once ? 1 : 0)
  })
}

try {
  const world = await start()
  introduce(world)
  const allShown = await walkThrough(world)
  if (!once) {
    print('', `Open ${bold(world.gateway.url)} to watch it live. Ctrl-C stops everything.`, '')
    await world.gateway.exited
    throw new Error('the gateway ended by itself')
  }
  await stop()
  process.exit(allShown ? 0 : 1)
} catch (error) {
  // What fails because a signal is stopping everything is no failure; the signal's handler exits.
  if (!stopping) {
    await stop()
    process.stderr.write(`demo: ${error.message}\n`)
    process.exit(1)
  }
}
