// Forms in `multipart/form-data`, byte by byte; and what in them servers are known to read differently.
import type { BodyField, BodyFile, BodyLimits } from './parsed-body.js'

export interface Multipart {
  readonly fields: readonly BodyField[]
  readonly files: readonly BodyFile[]
  readonly partHeaders: readonly BodyField[]
  readonly error: string | undefined
  readonly strictness: ReadonlySet<string>
}

/** The boundary of a `Content-Type`, with what is odd about it; undefined where there is none. */
export function boundaryOf(contentType: string, strictness: Set<string>): string | undefined {
  const [, spaceBefore, spaceAfter, quoted, plain] = /boundary(\s*)=(\s*)(?:"([^"]*)"|([^\s;,"]*))/i.exec(contentType) ?? []
  if (spaceBefore || spaceAfter) strictness.add('MULTIPART_BOUNDARY_WHITESPACE')
  if (quoted !== undefined) strictness.add('MULTIPART_BOUNDARY_QUOTED')
  return (quoted ?? plain) || undefined
}

export function multipartForm(body: string, contentType: string, limits: BodyLimits): Multipart {
  const strictness = new Set<string>()
  const fields: BodyField[] = []
  const files: BodyFile[] = []
  const partHeaders: BodyField[] = []
  const result = (error?: string): Multipart => ({ fields, files, partHeaders, error, strictness })
  const boundary = boundaryOf(contentType, strictness)
  if (boundary === undefined || (contentType.match(/boundary\s*=/gi)?.length ?? 0) > 1) return result('the form names no boundary, or several')
  const delimiter = `--${boundary}`
  const first = body.startsWith(delimiter) ? 0 : lineStart(body, delimiter, 0)
  if (first < 0) return result('the form never begins')
  if (first > 0) strictness.add('MULTIPART_DATA_BEFORE')
  for (let at = first; ;) {
    const afterDelimiter = at + delimiter.length
    if (body.startsWith('--', afterDelimiter)) {
      if (!/^\s*$/.test(body.slice(afterDelimiter + 2, afterDelimiter + 1026))) strictness.add('MULTIPART_DATA_AFTER')
      return result()
    }
    const head = lineEnd(body, afterDelimiter, strictness)
    if (head < 0) return result('a delimiter of the form is not followed by the end of a line')
    const next = lineStart(body, delimiter, head - 1)
    const part = body.slice(head, next < 0 ? undefined : endOfPart(body, next, strictness))
    const fault = readPart(part, { fields, files, partHeaders, strictness })
    if (fault !== undefined) return result(fault)
    if (fields.length + files.length > limits.fields) return result(`the form has more than ${limits.fields} fields`)
    if (next < 0) return result('the form is not closed by its last delimiter')
    at = next
  }
}

/** Where a delimiter begins a line. */
function lineStart(body: string, delimiter: string, from: number): number {
  const at = body.indexOf(`\n${delimiter}`, from)
  return at < 0 ? -1 : at + 1
}

function lineEnd(body: string, at: number, strictness: Set<string>): number {
  if (body.startsWith('\r\n', at)) return at + 2
  if (body[at] !== '\n') return -1
  strictness.add('MULTIPART_LF_LINE')
  return at + 1
}

/** The line's end ahead of a delimiter belongs to it. */
function endOfPart(body: string, delimiterAt: number, strictness: Set<string>): number {
  if (body[delimiterAt - 2] === '\r') return delimiterAt - 2
  strictness.add('MULTIPART_LF_LINE')
  return delimiterAt - 1
}

interface Found {
  readonly fields: BodyField[]
  readonly files: BodyFile[]
  readonly partHeaders: BodyField[]
  readonly strictness: Set<string>
}

/** Reads one part; says why when it is none. */
function readPart(part: string, { fields, files, partHeaders, strictness }: Found): string | undefined {
  const [blank, length] = headEnd(part)
  if (blank < 0) return 'the head of a part has no end'
  const lines = part.slice(0, blank).split(/\r?\n/).filter((line) => line !== '')
  if (/^\r?\n/.test(part)) strictness.add('MULTIPART_INVALID_PART')
  const headers: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      strictness.add('MULTIPART_HEADER_FOLDING')
      if (headers.length === 0) return 'the head of a part begins with a folded line'
      headers.push(`${headers.pop()!}${line.replace(/^[ \t]+/, ' ')}`)
    } else headers.push(line)
  }
  const disposition = headers.find((line) => /^content-disposition\s*:/i.test(line))
  if (disposition === undefined) return 'a part has no Content-Disposition'
  const names = dispositionOf(disposition, strictness)
  if (!names) return 'a part has a Content-Disposition that cannot be read'
  const value = part.slice(blank + length)
  for (const line of headers) partHeaders.push({ name: names.name, value: line })
  if (names.fileName === undefined) fields.push({ name: names.name, value })
  else files.push({ field: names.name, fileName: names.fileName, size: value.length })
  return undefined
}

function headEnd(part: string): readonly [at: number, length: number] {
  const blank = /^(?:\r?\n)|\r?\n\r?\n/.exec(part)
  return blank ? [blank.index, blank[0].length] : [-1, 0]
}

function dispositionOf(line: string, strictness: Set<string>): { readonly name: string; readonly fileName: string | undefined } | undefined {
  const value = line.slice(line.indexOf(':') + 1).trim()
  if (!/^form-data\s*(?:;|$)/i.test(value)) return undefined
  let name: string | undefined
  let fileName: string | undefined
  let rest = value.slice(9)
  while (rest.trim() !== '') {
    const [whole, separator, key, double, single, plain] = /^\s*(;?)\s*([^\s=;"']+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s;]*))/s.exec(rest) ?? []
    if (whole === undefined) return /^\s*;?\s*$/.test(rest) && name !== undefined ? { name, fileName } : undefined
    if (separator === '') strictness.add('MULTIPART_MISSING_SEMICOLON')
    if (single !== undefined) strictness.add('MULTIPART_INVALID_QUOTING')
    const text = double?.replace(/\\(["\\])/g, '$1') ?? single ?? plain!
    if (key!.toLowerCase() === 'name') {
      if (name !== undefined) return undefined
      name = text
    } else if (key!.toLowerCase() === 'filename') {
      if (fileName !== undefined) return undefined
      fileName = text
    }
    rest = rest.slice(whole.length)
  }
  return name === undefined ? undefined : { name, fileName }
}
