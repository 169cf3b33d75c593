Deno.serve({ port: @PORT@, hostname: '127.0.0.1', onListen: () => {} }, () => new Response('hello, world\n'))
