// The storage and its lock: who may read it, what a name may do to a path, and who holds the lock.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { directoryFolder, directoryUrl } from '../../../../runtimes/acme/directories.js'
import { isStale, Lock } from '../../../../runtimes/acme/lock.js'
import { prepareCertificates } from '../../../../runtimes/acme/manage.js'
import { acmePlans } from '../../../../runtimes/acme/plan.js'
import { Storage } from '../../../../runtimes/acme/storage.js'
import { ListenerCertificates } from '../../../../runtimes/tls/listeners.js'
import { validateConfig } from '../../../../src/index.js'
import { Verdicts } from '../../../../runtimes/acme/verdicts.js'

const folder = mkdtempSync(join(tmpdir(), 'fetchgate-acme-unit-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the storage', () => {
  const storage = new Storage(join(folder, 'storage'))

  test('is for this user only, also where its folder was there before', () => {
    mkdirSync(storage.folder, { mode: 0o755 })
    storage.prepare()
    storage.remember('shop.test', { failures: 1 })
    storage.pose('a'.repeat(20), 'proof')
    const all = [storage.folder, ...readdirSync(storage.folder, { recursive: true, encoding: 'utf8' }).map((name) => join(storage.folder, name))]
    expect(all.filter((path) => statSync(path).mode & 0o077)).toEqual([])
    expect([storage.stateOf('shop.test'), storage.stateOf('www.shop.test')]).toEqual([{ failures: 1 }, {}])
  })

  test('has no name that leads out of it', () => {
    for (const name of ['../x', '..', '.hidden', 'a/b', 'a\0b', '', 'a b']) {
      expect(() => storage.certificateFile(name)).toThrow('is no name for a file')
      expect(storage.posed(name)).toBeUndefined()
    }
  })

  test('shows challenges until they are withdrawn, and takes half a file for none', () => {
    expect(storage.posed('a'.repeat(20))).toBe('proof')
    storage.withdrawAll()
    expect(storage.posed('a'.repeat(20))).toBeUndefined()
    writeFileSync(join(storage.folder, 'account.json'), '{"url":')
    expect(storage.account()).toBeUndefined()
  })

  test('keeps authorities apart', () => {
    expect(directoryFolder(directoryUrl())).toBe('acme-v02.api.letsencrypt.org_directory')
    expect(directoryFolder('https://..%2f/../../x:1/dir')).toMatch(/^[\w-][\w.-]*$/)
    expect(directoryFolder(directoryUrl('letsencrypt-staging'))).not.toBe(directoryFolder(directoryUrl('letsencrypt')))
  })
})

test('a storage that cannot be made is told with its setting, and one that is not made yet is no fault', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const [storage, issues] of [[join(file, 'storage'), ['listen.tls.acme.storage']], [join(folder, 'made', 'later'), []]] as const) {
    const validation = validateConfig({ listen: { port: 443, tls: { acme: { email: 'ops@shop.test', domains: ['shop.test'], storage } } }, routes: [] })
    if (validation.kind === 'invalid') throw new Error('not valid')
    expect(new ListenerCertificates(validation.config).load(0)).toEqual([])
    expect((await prepareCertificates(acmePlans(validation.config))).issues.map(({ path }) => path)).toEqual(issues)
  }
})

describe('the lock', () => {
  const path = join(folder, 'lock')

  test('is held by one, until it is let go', () => {
    const lock = Lock.take(path)!
    expect(lock.isHeld).toBe(true)
    expect(Lock.take(path)).toBeUndefined()
    lock.release()
    expect(existsSync(path)).toBe(false)
  })

  test('is taken over from a process that no longer touches it, which then does not let go of it for the other', () => {
    const killed = Lock.take(path)!
    utimesSync(path, new Date(0), new Date(0))
    const next = Lock.take(path)!
    expect([killed.isHeld, next.isHeld]).toEqual([false, true])
    killed.release()
    expect(next.isHeld).toBe(true)
    next.release()
  })

  test('is stale after a while without a touch, whichever way clocks went', () => {
    expect([0, 14_000, 16_000, -16_000].map((agoMs) => isStale(100_000 - agoMs, 100_000))).toEqual([false, false, true, true])
  })
})

test('verdicts count for a while, and those kept for longest make room', () => {
  const verdicts = new Verdicts(2)
  verdicts.keep('a', true, 10)
  verdicts.keep('b', false, 20)
  expect([verdicts.of('a', 9), verdicts.of('a', 10), verdicts.of('b', 10)]).toEqual([true, undefined, false])
  verdicts.keep('a', false, 30)
  verdicts.keep('c', true, 30)
  expect([verdicts.of('a', 25), verdicts.of('b', 5), verdicts.of('c', 25)]).toEqual([false, undefined, true])
})
