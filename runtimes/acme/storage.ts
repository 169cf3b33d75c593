// The folder in which account, certificates, challenges and memories lie: what every process that shares it goes by.
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { AccountKey } from './client.js'
import type { NameState } from './renewal.js'

/** An account with an authority. */
export interface Account {
  readonly url: string
  readonly email: string
  readonly kid: string | undefined
  readonly key: AccountKey
}

/** Only names made of these get near a path. */
const SAFE = /^[\w-][\w.-]*$/

/** What belongs to one authority, below the folder that the settings name. */
export class Storage {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Makes the folders, for this user only. Throws where that cannot be, or where others could get at what is there already. */
  prepare(): void {
    for (const folder of [this.folder, this.#certificates, this.#challenges]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      if (process.platform !== 'win32' && statSync(folder).mode & 0o077) chmodSync(folder, 0o700)
    }
  }

  get lock(): string {
    return join(this.folder, 'lock')
  }

  /** What is shown for names that have no certificate yet. */
  get placeholder(): string {
    return join(this.folder, 'placeholder.pem')
  }

  get #accountFile(): string {
    return join(this.folder, 'account.json')
  }

  get #certificates(): string {
    return join(this.folder, 'certificates')
  }

  get #challenges(): string {
    return join(this.folder, 'challenges')
  }

  /** The file for a name: its key, then its certificate and those behind it, so that no one sees one without the other. */
  certificateFile(name: string): string {
    return join(this.#certificates, `${safe(name)}.pem`)
  }

  /** Names that there are certificates for. */
  names(): string[] {
    return readdirSync(this.#certificates).flatMap((file) => (file.endsWith('.pem') ? [file.slice(0, -4)] : []))
  }

  stateOf(name: string): NameState {
    return (readJson(join(this.#certificates, `${safe(name)}.json`)) ?? {})
  }

  remember(name: string, state: NameState): void {
    writeWhole(join(this.#certificates, `${safe(name)}.json`), JSON.stringify(state))
  }

  account(): Account | undefined {
    return readJson(this.#accountFile) as Account | undefined
  }

  keepAccount(account: Account): void {
    writeWhole(this.#accountFile, JSON.stringify(account))
  }

  /** One that the authority does not know any more. */
  forgetAccount(): void {
    rmSync(this.#accountFile, { force: true })
  }

  /** When certificates were ordered on demand lately. */
  orderedOnDemand(): number[] {
    return (readJson(join(this.folder, 'on-demand.json')) ?? []) as number[]
  }

  keepOrderedOnDemand(times: readonly number[]): void {
    writeWhole(join(this.folder, 'on-demand.json'), JSON.stringify(times))
  }

  /** Has every process answer a challenge: `id` is the token, or the name with `.tls` behind it. */
  pose(id: string, answer: string): void {
    writeWhole(join(this.#challenges, safe(id)), answer)
  }

  withdraw(id: string): void {
    rmSync(join(this.#challenges, safe(id)), { force: true })
  }

  /** The answer to a challenge; undefined for one that is not ours. */
  posed(id: string): string | undefined {
    return SAFE.test(id) ? readText(join(this.#challenges, id)) : undefined
  }

  /** What a process that was killed has left of its challenges. */
  withdrawAll(): void {
    for (const id of readdirSync(this.#challenges)) rmSync(join(this.#challenges, id), { force: true })
  }
}

function safe(name: string): string {
  if (!SAFE.test(name)) throw new Error(`"${name}" is no name for a file`)
  return name
}

/** Writes a file for this user only, in whose place at no time half of one stands. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, path)
}

/** What stands in a file; undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}

/** A file that a crash of the machine has left empty counts for none. */
function readJson(path: string): unknown {
  const text = readText(path)
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
