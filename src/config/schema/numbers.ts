// Numbers that several parts of the configuration take.
import * as v from 'valibot'

/** A whole number between the two, both included. */
export const whole = (least: number, most: number) => v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(least), v.maxValue(most))

/** A share in percent. */
export const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100))
