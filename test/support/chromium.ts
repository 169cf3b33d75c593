// A real browser for tests: Chromium without a window, spoken to over its own debugging protocol.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** The command, or undefined where there is none. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find((command) => spawnSync(command, ['--version']).status === 0)

/** One page of a browser that is started for it. */
export class Page {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #waiting = new Map<number, (message: Message) => void>()
  readonly #listeners = new Set<(message: Message) => void>()
  #session: string | undefined
  #ids = 0

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process
    this.#folder = folder
    let rest = ''
    ;(process.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const texts = (rest + chunk).split('\0')
      rest = texts.pop()!
      for (const text of texts) this.#take(JSON.parse(text) as Message)
    })
  }

  static async open(): Promise<Page> {
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-chromium-'))
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', `--user-data-dir=${folder}`, '--remote-debugging-pipe', 'about:blank']
    const page = new Page(spawn(CHROMIUM!, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] }), folder)
    const { targetId } = await page.#send('Target.createTarget', { url: 'about:blank' })
    page.#session = (await page.#send('Target.attachToTarget', { targetId, flatten: true }))['sessionId'] as string
    for (const domain of ['Page', 'Runtime', 'Log']) await page.#send(`${domain}.enable`)
    return page
  }

  /** Goes to an address, and resolves when a page satisfies the script there, however often it loads anew. */
  async visit(url: string, until: string): Promise<void> {
    await this.#send('Page.navigate', { url })
    await this.reaches(until)
  }

  /** Resolves when a page that has loaded satisfies the script. */
  async reaches(until: string): Promise<void> {
    for (;;) {
      const loaded = this.#next('Page.loadEventFired')
      if ((await this.evaluate(`document.readyState === 'complete' && Boolean(${until})`).catch(() => false)) === true) return
      await loaded
    }
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as { result: { value?: unknown }; exceptionDetails?: { text: string } }
    if (exceptionDetails) throw new Error(exceptionDetails.text)
    return result.value
  }

  /** Another command of the protocol. */
  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#send(method, params)
  }

  /** Collects what the browser complains of from now on: broken policies and failed scripts. */
  complaints(): readonly string[] {
    const told: string[] = []
    this.#listeners.add(({ method, params }) => {
      if (method === 'Runtime.exceptionThrown') told.push(JSON.stringify(params!['exceptionDetails']))
      if (method === 'Log.entryAdded' && (params!['entry'] as { source: string }).source === 'security') told.push((params!['entry'] as { text: string }).text)
    })
    return told
  }

  async close(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #take(message: Message): void {
    if (message.id === undefined) for (const listener of this.#listeners) listener(message)
    else this.#waiting.get(message.id)?.(message)
  }

  #next(method: string): Promise<void> {
    return new Promise((resolve) => {
      const listener = (message: Message): void => {
        if (message.method !== method) return
        this.#listeners.delete(listener)
        resolve()
      }
      this.#listeners.add(listener)
    })
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#ids
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) => {
        this.#waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result)
      })
      ;(this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(this.#session === undefined ? {} : { sessionId: this.#session }) })}\0`)
    })
  }
}
