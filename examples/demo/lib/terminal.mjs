// How the demo writes: plain lines of at most 80 columns, coloured where the terminal takes colour.
import { ORIGINS } from './origins.mjs'

const COLOURED = process.env.NO_COLOR === undefined && (process.stdout.isTTY || process.env.FORCE_COLOR !== undefined)

const style = (codes) => (text) => (COLOURED ? `\x1b[${codes}m${text}\x1b[0m` : String(text))
export const bold = style('1')
export const dim = style('2')
const green = style('32')
const red = style('31')

/** The letter of an origin on its colour, repeated; text in the colour of an origin. */
export function tile(name, times = 1) {
  const { letter, ansi } = ORIGINS.find((origin) => origin.name === name)
  return style(`30;48;5;${ansi}`)(letter.repeat(times))
}

export function inColour(name, text = name) {
  return style(`38;5;${ORIGINS.find((origin) => origin.name === name).ansi}`)(text)
}

export function print(...lines) {
  for (const line of lines) process.stdout.write(line === '' ? '\n' : `  ${line}\n`)
}

export function heading(number, title, explanation) {
  print('', bold(`${number}  ${title}`), ...explanation.map(dim), '')
}

/** What a step has shown, or that it has not. Returns whether it has. */
export function verdict(shown, text) {
  print('', shown ? `${green('✓')} ${text}` : `${red('✗')} ${bold('not so:')} ${text}`)
  return shown
}

/** Rows under a head, each column as wide as it has to be. */
export function table(head, rows) {
  const widths = head.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column])].map(width)))
  const line = (cells) => cells.map((cell, column) => cell + ' '.repeat(widths[column] - width(cell))).join('   ').trimEnd()
  print(dim(line(head)), ...rows.map(line))
}

/** Columns a text takes: colour takes none. */
function width(text) {
  return String(text).replace(/\x1b\[[\d;]*m/g, '').length
}
