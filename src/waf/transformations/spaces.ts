// White space and NUL: taken out, made one, or trimmed. The space that does not break, 0xa0, is one too.

export function removeWhitespace(text: string): string {
  return text.replace(/[\t-\r \xa0]+/g, '')
}

export function compressWhitespace(text: string): string {
  return text.replace(/[\t-\r \xa0]+/g, ' ')
}

export function removeNulls(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

export function replaceNulls(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', ' ') : text
}

export function trimLeft(text: string): string {
  let at = 0
  while (isSpace(text.charCodeAt(at))) at++
  return at === 0 ? text : text.slice(at)
}

export function trimRight(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

export function trim(text: string): string {
  return trimLeft(trimRight(text))
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}
