// The command line's texts.

export const USAGE = `fetchgate: a reverse proxy that is a fetch handler

  fetchgate serve [--config FILE] [--host HOST] [--port N] [--to URL]… [--workers N|auto] [--dev-tls]
      Serve until stopped. Without --config, fetchgate.config.{ts,js,mjs,json,yaml,yml}
      of this folder is read; --to alone needs no file, and several share the load.
      --workers: by so many processes on the same ports, each replaced when it crashes;
      "auto" takes one for each processor.
      --dev-tls: by https: at localhost, *.localhost, 127.0.0.1 and ::1, with a certificate of an
      authority that is made once for this machine; says how to have it believed.
      --dev-tls-folder FOLDER keeps it there.
  fetchgate --to URL                  the same as serve --to URL
  fetchgate check [--config FILE]     check a configuration; says every fault at once
  fetchgate explain METHOD URL [--header 'NAME: VALUE']… [--config FILE]
      Ask a server and say what the cache would do with its answer, and why.
      With --config, by the settings of the cache "default" in it.
  fetchgate files FOLDER --out FILE   write a folder as a module, for routes with "files" on Workers
  fetchgate hash [--iterations N]     hash a password for the filter basicAuth: asks for it without
      showing it, or reads it from a pipe. Workers compute at most 100000 iterations.
  fetchgate hash --key                make a random key for the filter apiKey, and its digest
  fetchgate init                      write a commented fetchgate.config.ts

  --help, -h      show this
  --version, -v   show the version

Exit codes: 0 done, 1 the configuration or the world is wrong, 2 wrong usage.
SIGTERM and SIGINT stop it: requests in flight end first. SIGHUP reads the configuration again;
SIGUSR2 opens the file of the access log anew.
`

/** What is said when the file was read again, and when the end begins. */
export const RELOADED = 'reloaded; listeners and the access log stay as they were started, certificates are those of now\n'
export const STOPPING = 'stopping: requests in flight end first\n'

/** What `init` writes. */
export const STARTER_CONFIG = `import { defineConfig } from 'fetchgate'

export default defineConfig({
  listen: { host: '0.0.0.0', port: 8080 },

  // Proxies in front of this one whose X-Forwarded-* may be believed. Nobody, unless you say so.
  // trustedProxies: ['10.0.0.0/8'],

  upstreams: {
    app: {
      // Requests take turns; give a target { url, weight: 2 } for twice its share.
      targets: ['http://127.0.0.1:3000'],
      timeout: { connect: '5s', headers: '60s', idle: '5m' },
    },
  },

  // Asked of every request, in order, before routing.
  filters: [
    { deny: { path: ['/.git/*', '/.env'] } },
  ],

  // The first route that matches serves the request.
  routes: [
    // Answers that their Cache-Control allows to be shared are kept in memory.
    { path: '/assets/*', upstream: 'app', cache: true },
    { path: '/*', upstream: 'app' },
  ],
})
`
