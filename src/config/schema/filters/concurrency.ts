// What an operator may say of a limit on requests that are under way.
import * as v from 'valibot'
import { closed, described, setting } from '../../shape.js'
import { whole } from '../numbers.js'
import { KEYS_TEXT, limitKeys } from './limit-keys.js'

/** A limit on requests that are under way. */
export const concurrency = closed({
  limit: described(whole(1, 1_000_000), 'Requests of one key that may be under way at a time, in this process.'),
  by: described(limitKeys, `By what they are counted: ${KEYS_TEXT}`),
  trial: setting(v.boolean(), 'Whether it only tells observers whom it would have refused, as `trial`. Default false.'),
})
