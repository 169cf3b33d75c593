// A command line without what a shell takes away: quotes, carets and backslashes go, what parts words becomes one space.
import { lowercase } from './letters.js'

export function cmdLine(text: string): string {
  if (!/["'\\^,;\t\r\n]| [ /(]/.test(text)) return lowercase(text)
  return lowercase(text
    .replace(/["'\\^]/g, '')
    .replace(/[ ,;\t\r\n]+/g, ' ')
    .replace(/ ([/(])/g, '$1'))
}
