// The purges of a disk store, a line each in a file beside its entries, so that what was purged stays so after a restart.
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { NumberedPurge, PurgeLog, PurgeRecord } from '../../src/index.js'
import { MAX_PURGES } from '../../src/adapter.js'

export class DiskPurges implements PurgeLog {
  readonly #path: string
  #reading: Promise<readonly NumberedPurge[]> | undefined
  #isRead = false
  #generation = 0
  /** The last write; each waits for the one before. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async append(record: PurgeRecord): Promise<number> {
    await this.read()
    const generation = ++this.#generation
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write({ ...record, generation }))
    await this.#writing
    return generation
  }

  read(): Promise<readonly NumberedPurge[]> | undefined {
    if (this.#isRead) return undefined
    return (this.#reading ??= this.#load())
  }

  async #load(): Promise<readonly NumberedPurge[]> {
    try {
      const records = newest(linesOf(await readFile(this.#path, 'utf8').catch(orNothing)))
      // Written anew, so that it does not grow for ever, and ends with a whole line.
      await mkdir(dirname(this.#path), { recursive: true })
      await writeFile(`${this.#path}.new`, records.map(lineOf).join(''))
      await rename(`${this.#path}.new`, this.#path)
      this.#generation = records.at(-1)?.generation ?? 0
      this.#isRead = true
      return records
    } catch (error) {
      this.#reading = undefined
      throw error
    }
  }

  async #write(record: NumberedPurge): Promise<void> {
    let file: FileHandle | undefined
    try {
      file = await open(this.#path, 'a')
      // A line of its own, even where the one before could be written in part only.
      await file.appendFile(`\n${lineOf(record)}`)
      await file.datasync()
    } finally {
      await file?.close()
    }
  }
}

function lineOf({ generation, mark, soft, atMs }: NumberedPurge): string {
  return `${JSON.stringify([generation, mark, soft, atMs])}\n`
}

/** The records of whole lines; a line that was torn by the end of a process was never confirmed. */
function linesOf(text: string): NumberedPurge[] {
  return text.split('\n').flatMap((line) => {
    try {
      const [generation, mark, soft, atMs] = JSON.parse(line) as [number, string, boolean, number]
      // A generation that is no number would compare as older than everything, for good.
      return Number.isSafeInteger(generation) && typeof mark === 'string' ? [{ generation, mark, soft, atMs }] : []
    } catch {
      return []
    }
  })
}

/** The last record of each thing, in their order, and no more than a log has to keep. */
function newest(records: readonly NumberedPurge[]): NumberedPurge[] {
  const last = new Map<string, NumberedPurge>()
  for (const record of records) {
    const key = `${record.soft} ${record.mark}`
    last.delete(key)
    last.set(key, record)
  }
  return [...last.values()].slice(-MAX_PURGES)
}

function orNothing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}
