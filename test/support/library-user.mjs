// A program that uses the gateway as a function, over the fetch of whatever runtime runs it: tells what it got as one line of JSON.
import { createGateway } from '../../dist/index.js'

const gateway = createGateway({ upstreams: { app: { targets: [process.argv[2]] } }, routes: [{ upstream: 'app' }] })
const ask = (path, init = {}) => gateway.fetch(new Request(`http://public.example${path}`, init))
const told = {}

told.codings = []
for (const path of JSON.parse(process.argv[3])) {
  const response = await ask(path)
  const bytes = Array.from(new Uint8Array(await response.arrayBuffer()))
  told.codings.push({ path, status: response.status, coding: response.headers.get('content-encoding'), length: response.headers.get('content-length'), bytes })
}

told.bodiless = []
for (const status of [204, 205, 304]) {
  const response = await ask(`/status/${status}`)
  told.bodiless.push([response.status, response.body])
}
const head = await ask('/plain', { method: 'HEAD' })
told.bodiless.push([head.status, await head.text()])

const moved = await ask('/moved')
told.moved = [moved.status, moved.headers.get('location'), moved.headers.getSetCookie()]

// Somebody before the gateway reads the body: of a copy, and anew as a stream.
const copied = new Request('http://public.example/echo', { method: 'POST', body: 'copied' })
const read = await copied.clone().text()
told.readBefore = [read, await (await gateway.fetch(copied)).text()]
const streamed = new Request('http://public.example/echo', { method: 'POST', body: new Response('streamed').body, duplex: 'half' })
told.streamed = await (await gateway.fetch(new Request(streamed, { headers: { 'X-Checked': '1' } }))).text()

// Somebody has read it and handed it on all the same.
const consumed = new Request('http://public.example/echo', { method: 'POST', body: 'consumed' })
await consumed.text()
const refused = await gateway.fetch(consumed)
told.consumed = [refused.status, (await refused.json()).detail]

console.log(JSON.stringify(told))
process.exit(0)
