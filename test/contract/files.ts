// Files: what is there arrives byte for byte, what lies beside the root never does, and no file stays open.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { type Bench, type Case, type Launch, runCases, type Skips } from './bench.js'

const SECRET = 'the-secret-of-this-contract'
const LARGE = randomBytes(5_000_000)
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A folder to serve, with secrets in it and beside it. */
function createRoot(): string {
  const base = mkdtempSync(join(tmpdir(), 'fetchgate-contract-'))
  const root = join(base, 'public')
  for (const folder of ['public/docs', 'public/.git', 'outside']) mkdirSync(join(base, folder), { recursive: true })
  for (const [path, content] of Object.entries<string | Uint8Array>({
    'index.html': '<p>index', 'docs/index.html': '<p>docs', 'app.js': 'plain()', 'app.js.br': 'as br', 'large.bin': LARGE, 'empty.txt': '',
    '.env': SECRET, '.git/config': SECRET, '../secret.txt': SECRET, '../outside/secret.txt': SECRET, '../public.txt': SECRET,
  })) writeFileSync(join(root, path), content)
  symlinkSync(join(base, 'outside'), join(root, 'leads-out'))
  symlinkSync('../secret.txt', join(root, 'leads-out.txt'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  return root
}

/** Files of the folder that the gateway has open. */
function openIn({ gateway }: Bench, root: string): string[] {
  const folder = `/proc/${gateway.process.pid}/fd`
  return readdirSync(folder).flatMap((descriptor) => {
    try {
      const path = readlinkSync(join(folder, descriptor))
      return path.startsWith(root) ? [path] : []
    } catch {
      return []
    }
  })
}

const cases = (root: string) => ({
  'a file arrives whole, in parts, or not at all when the client has it': async ({ port }) => {
    const whole = await ask(port, head('GET /large.bin'))
    expect([whole.status, digestOf(whole.body), whole.end, values(whole, 'content-type')]).toEqual([200, digestOf(LARGE), 'complete', ['application/octet-stream']])
    const [etag] = values(whole, 'etag')
    expect([etag, values(whole, 'accept-ranges'), values(whole, 'x-content-type-options')]).toEqual([expect.stringMatching(/^"[\w-]+"$/), ['bytes'], ['nosniff']])
    const connection = await RawConnection.open(port)
    const next = (method: string, target: string, ...fields: string[]) => connection.send(head(`${method} ${target}`, ...fields)).answer(method)
    const told = await next('HEAD', '/large.bin')
    expect([told.status, values(told, 'content-length'), values(told, 'etag')]).toEqual([200, [String(LARGE.byteLength)], [etag]])
    const part = await next('GET', '/large.bin', 'Range: bytes=100000-399999', `If-Range: ${etag}`)
    expect([part.status, values(part, 'content-range'), digestOf(part.body)]).toEqual([206, [`bytes 100000-399999/${LARGE.byteLength}`], digestOf(LARGE.subarray(100_000, 400_000))])
    const parts = await next('GET', '/large.bin', 'Range: bytes=0-99,-100')
    expect([parts.status, parts.body.indexOf(LARGE.subarray(0, 100)) > 0, parts.body.indexOf(LARGE.subarray(-100)) > 0]).toEqual([206, true, true])
    const known = await next('GET', '/large.bin', `If-None-Match: ${etag}`)
    expect([known.status, values(known, 'etag'), known.body.byteLength]).toEqual([304, [etag], 0])
    const outcomes = []
    for (const fields of [['If-Match: "x"'], ['Range: bytes=5000000-'], []]) outcomes.push((await next('GET', fields.length > 0 ? '/large.bin' : '/empty.txt', ...fields)).status)
    expect(outcomes).toEqual([412, 416, 200])
    const coded = await next('GET', '/app.js', 'Accept-Encoding: br')
    expect([coded.body.toString(), values(coded, 'content-encoding'), values(coded, 'content-type'), values(coded, 'vary')]).toEqual(['as br', ['br'], ['text/javascript; charset=utf-8'], ['Accept-Encoding']])
    expect([(await next('GET', '/')).body.toString(), values(await next('GET', '/docs?q'), 'location')]).toEqual(['<p>index', ['/docs/?q']])
    const refused = await next('DELETE', '/app.js')
    expect([refused.status, values(refused, 'allow')]).toEqual([405, ['GET, HEAD, OPTIONS']])
    connection.close()
  },

  'nothing that is hidden, lies outside or is no file is sent, whatever the path looks like': async (bench) => {
    const targets = [
      '/.env', '/.git/config', '/%2eenv', '/docs/../.env', '/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt', '/docs/..%2f..%2fsecret.txt', '/%252e%252e/secret.txt', '/..%252fsecret.txt', '/..;/secret.txt',
      '/..%c0%afsecret.txt', '/%c0%ae%c0%ae/secret.txt', '//secret.txt', '/leads-out.txt', '/leads-out/secret.txt', '/pipe', '/app.js%00.html', '/app.js/', '/app.js/../../secret.txt', '/.', '/..', '/../public.txt', `/${'../'.repeat(50)}etc/passwd`, `/${'x'.repeat(4000)}`, `/${'x/'.repeat(2000)}`,
      `${root}/../secret.txt`, '/C:%5csecret.txt', '/secret.txt::$DATA', '/file:%2f%2f/etc/passwd', '/proc/self/environ',
    ]
    for (const target of targets) {
      const answer = await ask(bench.port, head(`GET ${target}`))
      expect([target, [200, 308, 400, 404].includes(answer.status), answer.body.includes(SECRET), answer.body.includes('root:')]).toEqual([target, true, false, false])
      if (answer.status === 200) expect([target, answer.body.toString()]).toEqual([target, '<p>index'])
      if (answer.status === 308) expect(values(answer, 'location')[0]).toMatch(/^\/(?![/\\])/)
    }
    const redirected = await ask(bench.port, head('GET //docs'))
    expect(values(redirected, 'location')).toEqual(['/docs/'])
  },

  'a client that leaves closes the file': async (bench) => {
    for (let i = 0; i < 20; i++) {
      const connection = await RawConnection.open(bench.port)
      await connection.send(head('GET /large.bin')).head()
      connection.socket.resetAndDestroy()
    }
    const never = await RawConnection.open(bench.port)
    never.send(head('GET /large.bin')).socket.resetAndDestroy()
    for (let tries = 0; openIn(bench, root).length > 0 && tries < 100; tries++) await wait(20)
    expect(openIn(bench, root)).toEqual([])
  },
}) satisfies Record<string, Case>

/** Runs the cases on one runtime. */
export function filesContract(runtime: string, launch: Launch, skip: Skips<keyof ReturnType<typeof cases>> = {}): void {
  const root = createRoot()
  afterAll(() => rmSync(join(root, '..'), { recursive: true }))
  runCases(`files on ${runtime}`, launch, cases(root), skip, () => ({ routes: [{ files: { root, precompressed: true } }] }))
}
