// Building blocks of the schema: closed objects, described fields, durations, sizes and other checked texts.
import * as v from 'valibot'
import { parseDuration, parseSize } from './units.js'

/**
 * An object that takes the given settings and no others. Unlike valibot's own strict object it reports every unknown
 * setting, not only the first.
 */
export function closed<const E extends v.ObjectEntries>(entries: E): v.StrictObjectSchema<E, undefined> {
  const known = v.object(entries)
  return {
    ...v.strictObject(entries),
    '~run'(dataset, config) {
      const input = dataset.value
      const result = known['~run'](dataset, config)
      if (typeof input === 'object' && input !== null) {
        for (const key of Object.keys(input)) if (!Object.hasOwn(entries, key)) addUnknown(this, key, input, result, config, Object.keys(entries))
      }
      return result
    },
  }
}

/** What an issue about an unknown setting carries, so that the message can suggest a known one. */
export const UNKNOWN_SETTING = 'unknown-setting:'

function addUnknown(
  schema: v.GenericSchema,
  key: string,
  input: object,
  dataset: v.OutputDataset<unknown, v.BaseIssue<unknown>>,
  config: v.Config<v.BaseIssue<unknown>>,
  known: readonly string[],
): void {
  const path: [v.IssuePathItem] = [{ type: 'object', origin: 'key', input: input as Record<string, unknown>, key, value: undefined }]
  v._addIssue(schema, 'key', dataset, config, { input: key, message: UNKNOWN_SETTING + known.join(','), path })
}

/** A schema with the text that the reference page and the JSON Schema show. */
export function described<const S extends v.GenericSchema>(schema: S, text: string): Described<S> {
  // Built code has no texts; a pipe around each schema for nothing would be much of what a start takes.
  return text === '' ? (schema as unknown as Described<S>) : v.pipe(schema, v.description(text))
}

type Described<S extends v.GenericSchema> = v.SchemaWithPipe<readonly [S, v.DescriptionAction<v.InferOutput<S>, string>]>

/** An optional described setting. */
export function setting<const S extends v.GenericSchema>(schema: S, text: string) {
  return v.optional(described(schema, text))
}

/** A text that `fault` finds nothing wrong with; the fault completes the sentence "… is not right: it". */
export function checked(fault: (text: string) => string | undefined) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const message = fault(dataset.value)
      if (message !== undefined) addIssue({ message: `"${dataset.value}" ${message}` })
    }),
  )
}

/** A duration, given out in milliseconds. */
export const duration = v.pipe(
  v.string('a duration such as "250ms", "5s", "1m" or "1h"'),
  v.check((text) => parseDuration(text) !== undefined, (issue) => `"${issue.input}" is not a duration; write "250ms", "5s", "1m" or "1h"`),
  v.transform((text) => parseDuration(text) ?? 0),
)

/** A size, given out in bytes. */
export const size = v.pipe(
  v.string('a size such as "64KiB" or "4MiB"'),
  v.check((text) => parseSize(text) !== undefined, (issue) => `"${issue.input}" is not a size; write "64KiB" or "4MiB"`),
  v.transform((text) => parseSize(text) ?? 0),
)
