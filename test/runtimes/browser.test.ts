// What a real browser makes of the gateway's pages.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, Page } from '../support/chromium.js'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'

if (CHROMIUM === undefined) process.stderr.write('no chromium on this machine: the pages of the challenge are not tested in a browser\n')

test.runIf(process.env['CI'])('there is a browser to test in', () => {
  expect(CHROMIUM).toBeDefined()
})

describe.skipIf(CHROMIUM === undefined)('the challenge in Chromium', () => {
  let origin: RawOrigin
  let gateway: GatewayProcess
  let page: Page
  const url = (path: string, host = '127.0.0.1'): string => `http://${host}:${gateway.port}${path}`

  beforeAll(async () => {
    origin = await startRawOrigin(({ socket, target }) => void socket.write(answerText('200 OK', ['Content-Type: text/html'], `<h1>welcome</h1><p>${target.replaceAll('&', '&amp;')}</p>`)))
    gateway = await serveOn('node', {
      upstreams: { app: { targets: [origin.url] } },
      routes: [
        { path: '/hard', filters: [{ challenge: { secret: 'the secret of a test, which is long', difficulty: 28 } }], upstream: 'app' },
        { path: '/*', filters: [{ challenge: { secret: 'the secret of a test, which is long', difficulty: 14 } }], upstream: 'app' },
      ],
    })
    page = await Page.open()
  })

  afterAll(async () => {
    await page.close()
    await gateway.stop()
    await origin.close()
  })

  const seen = (): string[] => origin.seen.map(({ target }) => target).filter((target) => target !== '/favicon.ico')

  test('is passed by itself: the page that was wanted comes with its query and its place, and no policy is broken', async () => {
    const complaints = page.complaints()
    await page.visit(url('/a/b?c=d&e=%20#place'), "document.querySelector('h1').textContent === 'welcome'")
    expect([await page.evaluate('location.href'), await page.evaluate("document.querySelector('p').textContent"), await page.evaluate('document.cookie')]).toEqual([url('/a/b?c=d&e=%20#place'), '/a/b?c=d&e=%20', ''])
    expect([seen(), complaints]).toEqual([['/a/b?c=d&e=%20'], []])
  })

  test('is not asked again, for pages, forms and scripts', async () => {
    await page.visit(url('/second'), "document.querySelector('h1').textContent === 'welcome'")
    expect(await page.evaluate("fetch('/api', { method: 'POST', body: 'x' }).then(({ status }) => status)")).toBe(200)
    expect(seen().slice(-2)).toEqual(['/second', '/api'])
  })

  // Over plain HTTP to a name, as there is no WebCrypto. What resolves to the loopback of itself counts as secure.
  test('is passed where the browser has no WebCrypto', async () => {
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: "Object.defineProperty(crypto, 'subtle', { value: undefined })" })
    await page.visit(url('/insecure', 'localhost'), "document.querySelector('h1').textContent === 'welcome'")
    expect(await page.evaluate('crypto.subtle === undefined')).toBe(true)
  })

  test('tells what goes on while it works, to those who cannot see it too, without motion, in the dark', async () => {
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }, { name: 'prefers-reduced-motion', value: 'reduce' }] })
    await page.visit(url('/hard'), "document.querySelector('progress')")
    expect(await page.evaluate("[document.querySelector('[role=status]').textContent.length > 20, getComputedStyle(document.body).color, document.getAnimations().length, document.querySelector('button').hidden, document.documentElement.lang]")).toEqual([true, 'rgb(255, 255, 255)', 0, true, 'en'])
  })
})
