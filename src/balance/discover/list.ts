// A list of targets that somebody else wrote: checked like the one in the configuration.
import * as v from 'valibot'
import { target } from '../../config/schema/target.js'
import { settingsOf, type TargetSettings } from '../target.js'

const listSchema = v.array(target)

/** The targets of a list, or what is wrong with it. */
export function parseTargets(list: unknown): readonly TargetSettings[] | string {
  const result = v.safeParse(listSchema, list)
  if (!result.success) return `not a list of targets: ${result.issues[0].message}`
  return result.output.map(settingsOf)
}

/** The same for JSON text. */
export function parseTargetText(text: string): readonly TargetSettings[] | string {
  try {
    return parseTargets(JSON.parse(text))
  } catch {
    return 'not JSON'
  }
}
