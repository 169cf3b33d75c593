// The variables of rules, and how each is read from a transaction.
import { cookieFields } from './cookies.js'
import { fieldValue } from '../../http/fields.js'
import type { Facts } from './facts.js'
import { Value } from './value.js'

export interface Variable {
  readonly read: (facts: Facts, name: string) => readonly Value[]
  /** May be another from one rule to the next. */
  readonly volatile?: boolean
  /** Is settled with the head of the request. */
  readonly ofHead?: boolean
}

const one = (text: (facts: Facts) => string): Variable => ({ read: (facts, name) => [new Value(name, '', text(facts))] })
const volatile = (text: (facts: Facts) => string): Variable => ({ ...one(text), volatile: true })
/** No value at all, where there is none: a comparison with nothing never matches. */
const maybe = (text: (facts: Facts) => string | undefined): Variable => ({
  read: (facts, name) => {
    const found = text(facts)
    return found === undefined ? [] : [new Value(name, '', found)]
  },
})
const several = (pairs: (facts: Facts) => readonly (readonly [key: string, text: string])[]): Variable => ({ read: (facts, name) => pairs(facts).map(([key, text]) => new Value(name, key, text)) })
const namesOf = (of: string): Variable => ({ read: (facts, name) => facts.valuesOf(of).map(({ key }) => new Value(name, key, key)) })
const ofHead = (variable: Variable): Variable => ({ ...variable, ofHead: true })
const flag = (name: string): Variable => one((facts) => (facts.body.strictness.has(name) ? '1' : '0'))

const pairsOf = (fields: readonly string[]): (readonly [string, string])[] => Array.from({ length: fields.length >> 1 }, (_, at) => [fields[2 * at]!, fields[2 * at + 1]!])

const STRICTNESS = [
  'MULTIPART_BOUNDARY_QUOTED', 'MULTIPART_BOUNDARY_WHITESPACE', 'MULTIPART_DATA_BEFORE', 'MULTIPART_DATA_AFTER', 'MULTIPART_HEADER_FOLDING', 'MULTIPART_LF_LINE',
  'MULTIPART_MISSING_SEMICOLON', 'MULTIPART_INVALID_QUOTING', 'MULTIPART_INVALID_PART',
]

export const VARIABLES: ReadonlyMap<string, Variable> = new Map(Object.entries({
  ARGS: { read: (facts) => facts.args },
  ARGS_GET: ofHead(several((facts) => facts.query.map(({ name, value }) => [name, value]))),
  ARGS_POST: several((facts) => facts.body.fields.map(({ name, value }) => [name, value])),
  ARGS_NAMES: { read: (facts) => facts.argNames }, ARGS_GET_NAMES: ofHead(namesOf('ARGS_GET')), ARGS_POST_NAMES: namesOf('ARGS_POST'),
  ARGS_COMBINED_SIZE: one((facts) => String(facts.valuesOf('ARGS').reduce((sum, { key, text }) => sum + key.length + text.length, 0))),
  FILES: several((facts) => facts.body.files.map(({ field, fileName }) => [field, fileName])),
  FILES_NAMES: several((facts) => facts.body.files.map(({ field }) => [field, field])),
  FILES_SIZES: several((facts) => facts.body.files.map(({ field, size }) => [field, String(size)])),
  FILES_COMBINED_SIZE: one((facts) => String(facts.body.files.reduce((sum, { size }) => sum + size, 0))),
  MULTIPART_FILENAME: several((facts) => facts.body.files.map(({ fileName }) => ['', fileName])),
  MULTIPART_NAME: several((facts) => facts.body.files.map(({ field }) => ['', field])),
  MULTIPART_PART_HEADERS: several((facts) => facts.body.partHeaders.map(({ name, value }) => [name, value])),
  MULTIPART_STRICT_ERROR: one((facts) => (facts.body.strictness.size > 0 ? '1' : '0')),
  ...Object.fromEntries(STRICTNESS.map((name) => [name, flag(name)])),
  QUERY_STRING: ofHead(one((facts) => facts.queryString)),
  REMOTE_ADDR: ofHead(one((facts) => facts.request.client)),
  REQBODY_ERROR: one((facts) => (facts.body.error === undefined ? '0' : '1')),
  REQBODY_ERROR_MSG: one((facts) => facts.body.error ?? ''),
  REQBODY_PROCESSOR: volatile((facts) => facts.bodyProcessor),
  REQUEST_BASENAME: ofHead(one((facts) => facts.fileName.slice(Math.max(facts.fileName.lastIndexOf('/'), facts.fileName.lastIndexOf('\\')) + 1))),
  REQUEST_BODY: maybe((facts) => facts.bodyVariable),
  REQUEST_BODY_LENGTH: one((facts) => String(facts.rawBody?.length ?? 0)),
  REQUEST_COOKIES: ofHead(several((facts) => cookieFields(facts.request.fields))),
  REQUEST_COOKIES_NAMES: ofHead(namesOf('REQUEST_COOKIES')),
  REQUEST_FILENAME: ofHead(one((facts) => facts.fileName)),
  REQUEST_HEADERS: ofHead(several((facts) => pairsOf(facts.request.fields))),
  REQUEST_HEADERS_NAMES: ofHead(namesOf('REQUEST_HEADERS')),
  REQUEST_LINE: ofHead(one(({ request: { method, target, protocol } }) => `${method} ${target} ${protocol}`)),
  REQUEST_METHOD: ofHead(one((facts) => facts.request.method)),
  REQUEST_PROTOCOL: ofHead(one((facts) => facts.request.protocol)),
  REQUEST_URI: ofHead(one((facts) => facts.uri)),
  REQUEST_URI_RAW: ofHead(one((facts) => facts.request.target)),
  RESPONSE_BODY: maybe((facts) => facts.response?.body),
  RESPONSE_CONTENT_LENGTH: one((facts) => String(facts.response?.body?.length ?? 0)),
  RESPONSE_CONTENT_TYPE: one((facts) => fieldValue(facts.response?.fields ?? [], 'content-type') ?? ''),
  RESPONSE_HEADERS: several((facts) => pairsOf(facts.response?.fields ?? [])),
  RESPONSE_HEADERS_NAMES: namesOf('RESPONSE_HEADERS'),
  RESPONSE_PROTOCOL: one((facts) => facts.response?.protocol ?? ''),
  RESPONSE_STATUS: one((facts) => String(facts.response?.status ?? 0)),
  SERVER_NAME: ofHead(one((facts) => (fieldValue(facts.request.fields, 'host') ?? '').replace(/:\d+$/, ''))),
  UNIQUE_ID: ofHead(one((facts) => facts.request.id)),
  XML: { read: (facts, name) => (facts.body.xml ? [new Value(name, '/*', facts.body.xml.text), ...facts.body.xml.attributes.map((text) => new Value(name, '//@*', text))] : []) },
  MATCHED_VAR: volatile((facts) => facts.matchedText),
  MATCHED_VAR_NAME: volatile((facts) => facts.matchedName),
  // A copy: what matches is noted while these are gone through.
  MATCHED_VARS: { read: (facts) => facts.matchedValues.slice(), volatile: true },
  MATCHED_VARS_NAMES: { read: (facts, name) => facts.matchedValues.map(({ name: matched }) => new Value(name, matched, matched)), volatile: true },
  TX: { read: (facts) => facts.variables(), volatile: true },
} satisfies Record<string, Variable>))
