// The least that relays on Bun.
Bun.serve({
  port: @PORT@,
  hostname: '127.0.0.1',
  fetch: (request) => fetch(`http://127.0.0.1:@ORIGIN@${request.url.slice(request.url.indexOf('/', 8))}`, { method: request.method, headers: request.headers, body: request.body, redirect: 'manual', decompress: false }),
})
