// The three origins by name: shape and colour tell them apart, so that colour alone never has to.

/** `ansi` is a colour of the 256-colour terminal palette. */
export const ORIGINS = [
  { name: 'amber', letter: 'A', ansi: 214 },
  { name: 'teal', letter: 'T', ansi: 37 },
  { name: 'violet', letter: 'V', ansi: 99 },
]

export const NAMES = ORIGINS.map(({ name }) => name)
