// Comments of SQL, C and HTML: replaced by a space, taken out, or only what marks them.

/** Each `/* … *\/` becomes a space; one that is not closed as well. */
export function replaceComments(text: string): string {
  if (!text.includes('/*')) return text
  let out = ''
  let kept = 0
  for (let open = text.indexOf('/*'); open >= 0; open = text.indexOf('/*', kept)) {
    const close = text.indexOf('*/', open + 2)
    out += `${text.slice(kept, open)} `
    kept = close < 0 ? text.length : close + 2
  }
  return out + text.slice(kept)
}

/** Takes `/* … *\/` and `<!-- … -->` out; `--` and `#` end the text. */
export function removeComments(text: string): string {
  if (!/\/\*|<!--|--|#/.test(text)) return text
  let out = ''
  for (let at = 0; at < text.length;) {
    const close = text.startsWith('/*', at) ? '*/' : text.startsWith('<!--', at) ? '-->' : undefined
    if (close) {
      const end = text.indexOf(close, at + 2)
      if (end < 0) return `${out} `
      at = end + close.length
    } else if (text.startsWith('--', at) || text[at] === '#') return `${out} `
    else out += text[at++]
  }
  return out
}

export function removeCommentsChar(text: string): string {
  return /\/\*|\*\/|--|#/.test(text) ? text.replace(/\/\*|\*\/|<!--|-->|--|#/g, '') : text
}
