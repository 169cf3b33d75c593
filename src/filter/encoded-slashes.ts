// Whether a path may hold escaped slashes: some applications need them, others take them for real ones.
import { PASS, type Rule } from './verdict.js'

/** Refuses paths with `%2F` or `%5C` in them. */
export const rejectEncodedSlashes: Rule = ({ target }) =>
  /%(?:2f|5c)/i.test(target.rawPath) ? { kind: 'refuse', code: 'http_request_error', reason: 'encodedSlashes: the path has an escaped slash or backslash' } : PASS
