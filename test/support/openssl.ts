// The openssl command as a client.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether the command is here. */
export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0

/** What a client of openssl has seen of a connection. */
export interface Session {
  /** Undefined where the handshake failed. */
  readonly cipher: string | undefined
  readonly protocol: string | undefined
  readonly isResumed: boolean
  /** The name in the certificate that was shown. */
  readonly subject: string | undefined
  /** Status of the answer to what was sent. */
  readonly status: number | undefined
  readonly output: string
}

/** Connects and sends a text. Waits for the end of the connection where the text is a request, else for `until` in the output. */
export function sClient(port: number, options: readonly string[], text: string, until?: RegExp): Promise<Session> {
  return new Promise((resolve) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...(until ? [] : ['-ign_eof']), ...options], { timeout: 10_000 })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('latin1')
        if (until?.test(output)) child.kill('SIGKILL')
      })
    }
    // It may be gone before it has read everything.
    child.stdin.on('error', () => {})
    child.stdin.write(text)
    if (!until) child.stdin.end()
    child.on('close', () => {
      const [, kind, protocol, cipher] = /^(New|Reused), (\S+), Cipher is (\S+)$/m.exec(output) ?? []
      // In the middle of a line, where a ticket is told at the same time.
      const status = /HTTP\/1\.1 (\d+) /.exec(output)?.[1]
      resolve({ cipher: cipher === '(NONE)' ? undefined : cipher, protocol, isResumed: kind === 'Reused', subject: /^subject=.*CN = (.*)$/m.exec(output)?.[1], status: status === undefined ? undefined : Number(status), output })
    })
  })
}

/** A file for a session, in a folder that goes with `remove`. */
export function sessionFile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fetchgate-session-'))
  return { path: join(folder, 'session.pem'), remove: () => rmSync(folder, { recursive: true }) }
}
