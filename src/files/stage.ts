// Answers requests from a folder of files: looks for what a path names, in the coding the client likes best.
import { chooseCoding } from '../compress/negotiate.js'
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import { combinedValue, type Fields } from '../http/fields.js'
import { BytesPayload, type Payload } from '../http/payload.js'
import { wantsPage } from '../http/wants-page.js'
import type { Answer, Clock, Coding } from '../ports.js'
import { resolveText, type Text } from '../variables.js'
import { type FileAnswer, fileAnswer, standIn } from './answer.js'
import { FileBody } from './body.js'
import type * as ContentTypes from './content-type.js'
import type { Folder, OpenedFile } from './folder.js'
import { filePath, isHidden } from './path.js'

/** The settings of a route, compiled. */
export interface FilesPolicy {
  /** The path below the root, in canonical form; undefined where none can be made. */
  readonly locate: (exchange: Exchange) => string | undefined
  readonly index: readonly string[]
  /** Endings that a name may be written without. */
  readonly extensions: readonly string[]
  /** Codings in which files may lie beside themselves, those that are preferred first. */
  readonly codings: readonly Coding[]
  /** Paths of files that stand for those that are not there: for whoever opens a page, and for all others. */
  readonly fallback: string | undefined
  readonly notFound: string | undefined
  readonly cacheControl: Text | undefined
  readonly servesHidden: boolean
  /** Whether nothing else of the route answers what is not there. */
  readonly isLast: boolean
}

const SUFFIXES: Readonly<Record<Coding, string>> = { zstd: '.zst', br: '.br', gzip: '.gz' }

/** What stands for what is not there must not be kept in its place. */
const STANDS_IN: Fields = ['Cache-Control', 'no-cache']

const ALLOW = 'GET, HEAD, OPTIONS'

/** A file to send, under the path by which it is known. */
interface Found {
  readonly path: string
  readonly file: OpenedFile
}

export class Files {
  readonly #folder: Folder
  readonly #policy: FilesPolicy
  readonly #clock: Clock
  /** Loaded with the first file: a gateway without any has no use for a table of types. */
  #types: Promise<typeof ContentTypes> | undefined

  constructor(folder: Folder, policy: FilesPolicy, clock: Clock) {
    this.#folder = folder
    this.#policy = policy
    this.#clock = clock
  }

  /** The answer, an error where there is no file and nothing else to ask, or undefined where something else of the route is to answer. */
  async answer(exchange: Exchange): Promise<Answer | GatewayError | undefined> {
    const { method, target } = exchange
    const { isLast, servesHidden, fallback, notFound, cacheControl } = this.#policy
    if (method !== 'GET' && method !== 'HEAD') return isLast ? methodAnswer(method) : undefined
    const located = this.#policy.locate(exchange)
    const path = located === undefined ? undefined : filePath(located, servesHidden)
    const found = path === undefined ? undefined : await this.#find(path)
    if (found === 'folder') return redirectTo(`${target.path}/${target.query === undefined ? '' : `?${target.query}`}`)
    if (found) return this.#send(exchange, found, cacheControl === undefined ? [] : ['Cache-Control', resolveText(cacheControl, exchange)])
    const page = fallback !== undefined && wantsPage(exchange) ? await this.#openAt(fallback) : undefined
    if (page) return this.#send(exchange, page, [...STANDS_IN, 'Vary', 'Sec-Fetch-Mode, Accept'], 200)
    if (!isLast) return undefined
    const absent = notFound === undefined ? undefined : await this.#openAt(notFound)
    return absent ? this.#send(exchange, absent, STANDS_IN, 404) : new GatewayError('no_route', { message: `files: nothing is at ${path ?? 'such a path'}` })
  }

  /** `folder` where the path lacks the slash of one that has an index. */
  async #find(path: string): Promise<Found | 'folder' | undefined> {
    if (path.endsWith('/')) return this.#index(path)
    const opened = await this.#open(path)
    if (opened === 'folder') {
      const index = await this.#index(`${path}/`)
      index?.file.close()
      return index && 'folder'
    }
    if (opened) return { path, file: opened }
    for (const extension of this.#policy.extensions) {
      const found = await this.#openAt(`${path}.${extension}`)
      if (found) return found
    }
    return undefined
  }

  async #index(folder: string): Promise<Found | undefined> {
    for (const name of this.#policy.index) {
      const found = await this.#openAt(folder + name)
      if (found) return found
    }
    return undefined
  }

  async #openAt(path: string): Promise<Found | undefined> {
    const opened = await this.#open(path)
    return opened && opened !== 'folder' ? { path, file: opened } : undefined
  }

  /** A link may lead to what its own name does not tell. */
  async #open(path: string): Promise<OpenedFile | 'folder' | undefined> {
    const opened = await this.#folder.open(path)
    if (!opened || opened === 'folder' || this.#policy.servesHidden || !isHidden(opened.path)) return opened
    opened.close()
    return undefined
  }

  async #send(exchange: Exchange, { path, file }: Found, said: Fields, status?: number): Promise<Answer> {
    const coded = await this.#inCoding(exchange, path)
    if (coded) file.close()
    const lines = this.#policy.codings.length === 0 ? said : [...said, 'Vary', 'Accept-Encoding']
    const { contentType } = await (this.#types ??= import('./content-type.js'))
    const form = { type: contentType(path), coding: coded?.coding, lines }
    const sent = coded?.file ?? file
    const told = status === undefined ? fileAnswer(exchange, sent, form, this.#clock.nowMs()) : standIn(status, sent, form)
    return { status: told.status, fields: told.fields, body: bodyOf(exchange.method, sent, told) }
  }

  /** The file as it lies beside itself in the coding that the client likes best of those that are there. */
  async #inCoding({ fields }: Exchange, path: string): Promise<{ readonly coding: Coding; readonly file: OpenedFile } | undefined> {
    let offered = this.#policy.codings
    const accepted = offered.length === 0 ? undefined : combinedValue(fields, 'accept-encoding')
    for (let coding = chooseCoding(accepted, offered); coding !== undefined; coding = chooseCoding(accepted, offered)) {
      const found = await this.#openAt(path + SUFFIXES[coding])
      if (found) return { coding, file: found.file }
      const missing = coding
      offered = offered.filter((other) => other !== missing)
    }
    return undefined
  }
}

function bodyOf(method: string, file: OpenedFile, { status, pieces }: FileAnswer): Payload | undefined {
  if (method !== 'HEAD' && pieces.length > 0 && !file.bytes) return new FileBody(file, pieces)
  if (method === 'HEAD' || status === 304) {
    file.close()
    return undefined
  }
  if (pieces.length > 1) return new FileBody(file, pieces)
  const [piece] = pieces
  const bytes = !piece ? NOTHING : piece instanceof Uint8Array ? piece : file.bytes!.subarray(piece.first, piece.last + 1)
  file.close()
  return new BytesPayload(bytes)
}

const NOTHING = new Uint8Array(0)

/** By its path alone, made canonical: it begins with one slash, so that it cannot be read as another host. */
function redirectTo(location: string): Answer {
  return { status: 308, fields: ['Location', location, 'Content-Length', '0'], body: undefined }
}

function methodAnswer(method: string): Answer {
  if (method === 'OPTIONS') return { status: 204, fields: ['Allow', ALLOW], body: undefined }
  return { status: 405, fields: ['Allow', ALLOW, 'Content-Length', '0'], body: undefined }
}
