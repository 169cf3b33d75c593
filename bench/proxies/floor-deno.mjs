// The least that relays on Deno.
Deno.serve({ port: @PORT@, hostname: '127.0.0.1', onListen: () => {} }, (request) =>
  fetch(`http://127.0.0.1:@ORIGIN@${request.url.slice(request.url.indexOf('/', 8))}`, { method: request.method, headers: request.headers, body: request.body, redirect: 'manual' }))
